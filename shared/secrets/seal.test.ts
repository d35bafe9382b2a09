import { describe, expect, test } from "vitest";
import { currentKeyId, olderKeyIds, seal, sealedWith, unseal } from "./seal.ts";
import { openLink, signLink } from "./signed-link.ts";
import { joinSigningKeys, readSigningKeys } from "./signing-keys.ts";

const OLD = "o".repeat(32);
const NEW = "n".repeat(32);

describe("what is sealed", () => {
  test("is opened with the same key and with no other", async () => {
    const sealed = await seal(OLD, "secret");
    expect(await unseal(OLD, sealed)).toBe("secret");
    await expect(unseal(NEW, sealed)).rejects.toThrow(/SIGNING_KEY does not hold/);
    expect(sealed).not.toContain("secret");
  });

  test("names its key, and not the key itself", async () => {
    const sealed = await seal(OLD, "secret");
    expect(sealedWith(sealed)).toBe(await currentKeyId(OLD));
    expect(await currentKeyId(OLD)).toMatch(/^[\w-]{8}$/);
    expect(await currentKeyId(OLD)).not.toBe(await currentKeyId(NEW));
  });

  test("with an older key is opened as long as that stands behind the new one, which seals", async () => {
    const sealed = await seal(OLD, "secret");
    expect(await unseal(`${NEW} ${OLD}`, sealed)).toBe("secret");
    expect(sealedWith(await seal(`${NEW} ${OLD}`, "secret"))).toBe(await currentKeyId(NEW));
  });

  test("and changed is not opened", async () => {
    const sealed = await seal(OLD, "secret");
    const at = sealed.length - 5;
    const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
    await expect(unseal(OLD, changed)).rejects.toThrow();
  });

  test("in the first version, which named no key, is opened with whichever key it was", async () => {
    const [, , body] = (await seal(OLD, "secret")).split(".");
    expect(await unseal(`${NEW} ${OLD}`, `v1.${body}`)).toBe("secret");
    expect(sealedWith(`v1.${body}`)).toBe("");
    await expect(unseal(NEW, `v1.${body}`)).rejects.toThrow();
  });
});

test("a link that was signed with an older key opens as long as that stands behind the new one", async () => {
  const grant = { kind: "transcript" as const, jobId: "job_1", expires: 2_000_000_000 };
  const token = (await signLink(OLD, grant, "x")).split("/")[2] ?? "";
  expect(await openLink(`${NEW} ${OLD}`, token, 0)).toEqual(grant);
  expect(await openLink(NEW, token, 0)).toBeNull();
});

test("a key with spaces in it is one key unless each piece could be one", () => {
  expect(readSigningKeys("correct horse battery staple")).toEqual(["correct horse battery staple"]);
  expect(readSigningKeys(`${NEW} ${"o".repeat(31)}`)).toHaveLength(1);
  expect(readSigningKeys(` ${NEW}\n${OLD} `)).toEqual([NEW, OLD]);
});

describe("a key that nobody can read any more", () => {
  const LOST = "a passphrase with spaces";
  const join = (next?: string) =>
    joinSigningKeys({ SIGNING_KEY: LOST, ...(next ? { SIGNING_KEY_NEXT: next } : {}) });

  test("stands alone without SIGNING_KEY_NEXT", () => {
    expect(readSigningKeys(join())).toEqual([LOST]);
    expect(readSigningKeys(join("  "))).toEqual([LOST]);
  });

  test("signs and seals in front of a next one, which opens already", () => {
    expect(readSigningKeys(join(NEW))).toEqual([LOST, NEW]);
  });

  test("only opens behind the next one, where the word SIGNING_KEY stands for it", async () => {
    const keys = join(`${NEW} SIGNING_KEY\n`);
    expect(readSigningKeys(keys)).toEqual([NEW, LOST]);
    expect(await unseal(keys, await seal(LOST, "secret"))).toBe("secret");
    expect(sealedWith(await seal(keys, "secret"))).toBe(await currentKeyId(NEW));
    expect(await olderKeyIds(keys)).toEqual([await currentKeyId(LOST)]);
  });

  test("is replaced in steps: a Worker opens what one that is a step ahead has sealed", async () => {
    const steps = [join(), join(NEW), join(`${NEW} SIGNING_KEY`), NEW];
    for (const [n, behind] of steps.slice(0, -1).entries()) {
      const sealed = await seal(steps[n + 1] ?? "", "secret");
      expect(await unseal(behind, sealed)).toBe("secret");
    }
  });

  test("is gone when SIGNING_KEY holds the next one, which is then no older key of itself", async () => {
    const keys = joinSigningKeys({ SIGNING_KEY: NEW, SIGNING_KEY_NEXT: `${NEW} SIGNING_KEY` });
    expect(await olderKeyIds(keys)).toEqual([]);
  });

  test.for(["short", `${NEW} SIGNINGKEY`])("is not replaced by %j, which holds no key", (next) => {
    expect(() => join(next)).toThrow(/SIGNING_KEY_NEXT must hold keys of at least 32 characters/);
  });
});
