import { describe, expect, test } from "vitest";
import { readSigningKeys } from "./derive-key.ts";
import { currentKeyId, seal, sealedWith, unseal } from "./seal.ts";
import { openLink, signLink } from "./signed-link.ts";

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
