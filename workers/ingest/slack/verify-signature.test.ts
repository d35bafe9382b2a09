import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isSignedBySlack } from "./verify-signature.ts";

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const AT = 1_531_420_618;
/** Slack's own example: docs.slack.dev/authentication/verifying-requests-from-slack */
const EXAMPLE = {
  body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
  timestamp: String(AT),
  signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
};

function signed(body: string, timestamp: string, secret = SECRET) {
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
  return { body, timestamp, signature };
}

test("Slack's own example is signed by Slack", async () => {
  expect(await isSignedBySlack(SECRET, EXAMPLE, AT * 1000)).toBe(true);
});

describe("the clock", () => {
  test.each([
    ["300 s after", 300, true],
    ["301 s after", 301, false],
    ["300 s before", -300, true],
    ["301 s before", -301, false],
  ])("%s the signature: %s", async (_, seconds, isTaken) => {
    expect(await isSignedBySlack(SECRET, EXAMPLE, (AT + seconds) * 1000)).toBe(isTaken);
  });
});

test.each([
  ["another secret", signed("a=1", String(AT), "another")],
  ["another body", { ...signed("a=1", String(AT)), body: "a=2" }],
  ["a body with one more byte", { ...signed("a=1", String(AT)), body: "a=1\n" }],
  ["another time", { ...signed("a=1", String(AT)), timestamp: String(AT + 1) }],
  ["no signature", { ...signed("a=1", String(AT)), signature: undefined }],
  ["no time", { ...signed("a=1", String(AT)), timestamp: undefined }],
  ["a time that is no number", signed("a=1", "soon")],
  ["a time with a sign", signed("a=1", `-${AT}`)],
  [
    "a signature cut short",
    { ...signed("a=1", String(AT)), signature: signed("a=1", String(AT)).signature.slice(0, -1) },
  ],
  [
    "another version",
    { ...signed("a=1", String(AT)), signature: signed("a=1", String(AT)).signature.replace("v0", "v1") },
  ],
  ["an empty signature", { ...signed("a=1", String(AT)), signature: "v0=" }],
])("%s is refused", async (_, request) => {
  expect(await isSignedBySlack(SECRET, request, AT * 1000)).toBe(false);
});

test("text beyond ASCII is signed as its bytes", async () => {
  expect(await isSignedBySlack(SECRET, signed("text=Grüße 👋", String(AT)), AT * 1000)).toBe(true);
});
