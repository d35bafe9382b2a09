import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { findWebhookProblem, newWebhookSecret, signWebhook, type WebhookHeaders } from "./sign-webhook.ts";

// The Standard Webhooks libraries' own test vector.
const VECTOR = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  seconds: 1614265330,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

const isGenuine = async (...received: Parameters<typeof findWebhookProblem>) =>
  (await findWebhookProblem(...received)) === null;

const SECRET = newWebhookSecret(new Uint8Array(32).fill(7));
const OTHER_SECRET = newWebhookSecret(new Uint8Array(32).fill(8));
const BODY = JSON.stringify({ type: "job.completed", data: { text: "grüße 🎙 \u0000" } });
const NOW = 1_800_000_000;

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function secretOf(bytes: number): string {
  return `whsec_${Buffer.alloc(bytes, 1).toString("base64")}`;
}

describe("signWebhook", () => {
  test("gives the signature of the libraries' fixed vector", async () => {
    expect(await signWebhook([VECTOR.secret], VECTOR.id, VECTOR.seconds, VECTOR.body)).toEqual({
      "webhook-id": VECTOR.id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": VECTOR.signature,
    });
  });

  test("signs a string and its bytes alike", async () => {
    const bytes = new TextEncoder().encode(BODY);
    expect(await signWebhook([SECRET], "evt_1", NOW, bytes)).toEqual(
      await signWebhook([SECRET], "evt_1", NOW, BODY),
    );
  });

  test("signs only the view when the bytes lie inside a larger buffer", async () => {
    const around = new TextEncoder().encode(`<<${BODY}>>`);
    const view = around.subarray(2, around.length - 2);
    expect(await signWebhook([SECRET], "evt_1", NOW, view)).toEqual(
      await signWebhook([SECRET], "evt_1", NOW, BODY),
    );
  });

  test("signs an empty body", async () => {
    const headers = await signWebhook([SECRET], "evt_1", nowSeconds(), "");
    expect(() => new Webhook(SECRET).verify("", headers)).not.toThrow();
  });

  test("puts one signature per secret, the current one first", async () => {
    const both = await signWebhook([SECRET, OTHER_SECRET], "evt_1", NOW, BODY);
    const current = await signWebhook([SECRET], "evt_1", NOW, BODY);
    const previous = await signWebhook([OTHER_SECRET], "evt_1", NOW, BODY);
    expect(both["webhook-signature"]).toBe(
      `${current["webhook-signature"]} ${previous["webhook-signature"]}`,
    );
  });

  test("refuses to sign with no secret at all", async () => {
    await expect(signWebhook([], "evt_1", NOW, BODY)).rejects.toThrow("at least one secret");
  });

  test("refuses an id with a dot, which would make the signed text ambiguous", async () => {
    await expect(signWebhook([SECRET], "evt.1", NOW, BODY)).rejects.toThrow(RangeError);
  });

  test("refuses a timestamp in fractions of a second", async () => {
    await expect(signWebhook([SECRET], "evt_1", NOW + 0.5, BODY)).rejects.toThrow(RangeError);
  });

  test("takes secrets of 24 to 64 bytes and none shorter or longer", async () => {
    await expect(signWebhook([secretOf(23)], "evt_1", NOW, BODY)).rejects.toThrow("24 to 64 bytes");
    await expect(signWebhook([secretOf(24)], "evt_1", NOW, BODY)).resolves.toBeDefined();
    await expect(signWebhook([secretOf(64)], "evt_1", NOW, BODY)).resolves.toBeDefined();
    await expect(signWebhook([secretOf(65)], "evt_1", NOW, BODY)).rejects.toThrow("24 to 64 bytes");
  });

  test("does not repeat a malformed secret in the error", async () => {
    const failed = await signWebhook(["hunter2"], "evt_1", NOW, BODY).catch(String);
    expect(failed).not.toContain("hunter2");
  });
});

describe("the npm library standardwebhooks", () => {
  const library = new Webhook(SECRET);

  test("accepts what we sign", async () => {
    const headers = await signWebhook([SECRET], "evt_1", nowSeconds(), BODY);
    expect(library.verify(BODY, headers)).toEqual(JSON.parse(BODY));
  });

  test("accepts what we sign while its holder still has the previous secret", async () => {
    const headers = await signWebhook([OTHER_SECRET, SECRET], "evt_1", nowSeconds(), BODY);
    expect(library.verify(BODY, headers)).toEqual(JSON.parse(BODY));
  });

  test("refuses it with one byte changed", async () => {
    const headers = await signWebhook([SECRET], "evt_1", nowSeconds(), BODY);
    expect(() => library.verify(BODY.replace("completed", "completee"), headers)).toThrow(
      "No matching signature",
    );
  });

  test("refuses it under another secret", async () => {
    const headers = await signWebhook([OTHER_SECRET], "evt_1", nowSeconds(), BODY);
    expect(() => library.verify(BODY, headers)).toThrow("No matching signature");
  });

  test("refuses it with a timestamp 6 minutes off, either way", async () => {
    const early = await signWebhook([SECRET], "evt_1", nowSeconds() - 360, BODY);
    const late = await signWebhook([SECRET], "evt_1", nowSeconds() + 360, BODY);
    expect(() => library.verify(BODY, early)).toThrow("too old");
    expect(() => library.verify(BODY, late)).toThrow("too new");
  });

  test("signs what findWebhookProblem accepts", async () => {
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(NOW),
      "webhook-signature": library.sign("evt_1", new Date(NOW * 1000), BODY),
    };
    expect(await isGenuine(SECRET, headers, BODY, NOW)).toBe(true);
  });
});

describe("findWebhookProblem", () => {
  async function signed(seconds = NOW): Promise<WebhookHeaders> {
    return signWebhook([SECRET], "evt_1", seconds, BODY);
  }

  test("accepts a genuine webhook, as string or bytes", async () => {
    expect(await isGenuine(SECRET, await signed(), BODY, NOW)).toBe(true);
    expect(await isGenuine(SECRET, await signed(), new TextEncoder().encode(BODY), NOW)).toBe(true);
  });

  test("reads Headers, and plain objects in any case", async () => {
    const headers = await signed();
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(await isGenuine(SECRET, new Headers(headers), BODY, NOW)).toBe(true);
    expect(await isGenuine(SECRET, upper, BODY, NOW)).toBe(true);
  });

  test("refuses one byte changed in the body, the id or the timestamp", async () => {
    const headers = await signed();
    const changedId = { ...headers, "webhook-id": "evt_2" };
    const changedTime = { ...headers, "webhook-timestamp": String(NOW + 1) };
    expect(await findWebhookProblem(SECRET, headers, `${BODY} `, NOW)).toBe("signature_wrong");
    expect(await findWebhookProblem(SECRET, changedId, BODY, NOW)).toBe("signature_wrong");
    expect(await findWebhookProblem(SECRET, changedTime, BODY, NOW)).toBe("signature_wrong");
  });

  test("refuses another secret", async () => {
    expect(await findWebhookProblem(OTHER_SECRET, await signed(), BODY, NOW)).toBe("signature_wrong");
  });

  test("accepts 300 seconds of age and refuses 301", async () => {
    expect(await findWebhookProblem(SECRET, await signed(NOW - 300), BODY, NOW)).toBeNull();
    expect(await findWebhookProblem(SECRET, await signed(NOW - 301), BODY, NOW)).toBe("too_old");
  });

  test("accepts 300 seconds ahead and refuses 301", async () => {
    expect(await findWebhookProblem(SECRET, await signed(NOW + 300), BODY, NOW)).toBeNull();
    expect(await findWebhookProblem(SECRET, await signed(NOW + 301), BODY, NOW)).toBe("too_new");
  });

  test("keeps to a tolerance of one's own", async () => {
    expect(await isGenuine(SECRET, await signed(NOW - 10), BODY, NOW, 10)).toBe(true);
    expect(await isGenuine(SECRET, await signed(NOW - 11), BODY, NOW, 10)).toBe(false);
  });

  test("finds the one good signature among entries of other versions and garbage", async () => {
    const headers = await signed();
    const list = `v1a,AAAA v1,AAAA v1,%%% v1 , ${headers["webhook-signature"]} v2,AAAA`;
    expect(await isGenuine(SECRET, { ...headers, "webhook-signature": list }, BODY, NOW)).toBe(true);
  });

  test("does not take the right bytes under another version", async () => {
    const headers = await signed();
    const relabelled = headers["webhook-signature"].replace("v1,", "v1a,");
    const problem = await findWebhookProblem(
      SECRET,
      { ...headers, "webhook-signature": relabelled },
      BODY,
      NOW,
    );
    expect(problem).toBe("signature_wrong");
  });

  test("refuses the first part of a signature", async () => {
    const headers = await signed();
    const partial = headers["webhook-signature"].slice(0, 11);
    expect(await isGenuine(SECRET, { ...headers, "webhook-signature": partial }, BODY, NOW)).toBe(false);
  });

  test("names missing headers and a timestamp that is no number", async () => {
    const headers = await signed();
    expect(await findWebhookProblem(SECRET, {}, BODY, NOW)).toBe("headers_missing");
    expect(await findWebhookProblem(SECRET, { ...headers, "webhook-signature": "" }, BODY, NOW)).toBe(
      "headers_missing",
    );
    expect(await findWebhookProblem(SECRET, { ...headers, "webhook-timestamp": "1e9" }, BODY, NOW)).toBe(
      "timestamp_invalid",
    );
  });

  test("throws on a secret that is none, rather than accept or refuse quietly", async () => {
    await expect(isGenuine("", await signed(), BODY, NOW)).rejects.toThrow(RangeError);
    await expect(isGenuine("whsec_", await signed(), BODY, NOW)).rejects.toThrow(RangeError);
  });
});

describe("newWebhookSecret", () => {
  test("is whsec_ and the base64 of the 32 bytes", () => {
    const random = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
    expect(newWebhookSecret(random)).toBe(`whsec_${Buffer.from(random).toString("base64")}`);
  });

  test("takes exactly 32 bytes", () => {
    expect(() => newWebhookSecret(new Uint8Array(31))).toThrow(RangeError);
    expect(() => newWebhookSecret(new Uint8Array(33))).toThrow(RangeError);
  });
});
