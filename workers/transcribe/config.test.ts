import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";

/** The settings of a deployment, with these changed. */
function read(change: Partial<Cloudflare.TranscribeEnv>) {
  return readConfig({
    PUBLIC_BASE_URL: "https://diarist.example.com/",
    TOGETHER_BASE_URL: "https://speech.example.com/v1",
    DIRECT_UPLOAD_MAX_BYTES: "",
    PART_MINUTES: "",
    UPSTREAM_CONCURRENCY: "",
    ALLOW_LOCAL_DESTINATIONS: "",
    SIGNING_KEY: "signing-key",
    TOGETHER_API_KEY: "key",
    ...change,
  } as Cloudflare.TranscribeEnv);
}

describe("a tenant's share", () => {
  test("is eight of the ten calls that are made at once when nothing is said", () => {
    expect(read({}).tenantConcurrency).toBe(8);
  });
  test("is four fifths of what is set, rounded down", () => {
    expect(read({ UPSTREAM_CONCURRENCY: "99" }).tenantConcurrency).toBe(79);
  });
  test("is never less than one", () => {
    expect(read({ UPSTREAM_CONCURRENCY: "1" }).tenantConcurrency).toBe(1);
  });
});

test("whose ear it is is Together's where nothing is said, with the address without its last slash", () => {
  expect(read({}).upstream.ear).toBe("together https://speech.example.com/v1");
  expect(read({ TOGETHER_BASE_URL: "https://speech.example.com/v1/?x=1" }).upstream.ear).toBe(
    "together https://speech.example.com/v1",
  );
});

test("the stand-in is the same on every port", () => {
  expect(read({ SPEECH_API: "stand-in", TOGETHER_BASE_URL: "http://127.0.0.1:9999/v1" }).upstream.ear).toBe(
    "stand-in",
  );
});

test("a speech API that cannot be asked names the setting and what it takes", () => {
  for (const api of ["openai", "local", "whisper"]) {
    expect(() => read({ SPEECH_API: api })).toThrow(`SPEECH_API must be together or stand-in, not "${api}"`);
  }
});

test("parts are twenty minutes long when nothing is said, and may be of any length", () => {
  expect(read({}).partSeconds).toBe(1_200);
  expect(read({ PART_MINUTES: "0.5" }).partSeconds).toBe(30);
});

test("a setting that no part could be cut by names itself", () => {
  expect(() => read({ PART_MINUTES: "0" })).toThrow('PART_MINUTES must be a number from 0.1 to 120, not "0"');
  expect(() => read({ UPSTREAM_CONCURRENCY: "many" })).toThrow(/^UPSTREAM_CONCURRENCY must be/);
});
