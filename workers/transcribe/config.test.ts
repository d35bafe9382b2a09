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

test("the provider is Together where nothing is said, with the address without its last slash", () => {
  expect(read({}).upstream.provider).toBe("together https://speech.example.com/v1");
  expect(read({ TOGETHER_BASE_URL: "https://speech.example.com/v1/?x=1" }).upstream.provider).toBe(
    "together https://speech.example.com/v1",
  );
});

test("the stand-in is the same on every port", () => {
  expect(
    read({ SPEECH_API: "stand-in", TOGETHER_BASE_URL: "http://127.0.0.1:9999/v1" }).upstream.provider,
  ).toBe("stand-in");
});

test("parts are as long as the operator says, if anything", () => {
  expect(read({}).partSeconds).toBeNull();
  expect(read({ PART_MINUTES: "0.5" }).partSeconds).toBe(30);
});

describe("a server with OpenAI's routes", () => {
  const openai = {
    SPEECH_API: "openai",
    SPEECH_BASE_URL: "https://api.groq.com/openai/v1/",
    SPEECH_MODEL: "w",
  };

  test("is sent bytes of up to 25 MiB, without a key of Together's", () => {
    expect(read({ ...openai, TOGETHER_API_KEY: "" }).upstream).toEqual({
      provider: "openai https://api.groq.com/openai/v1 w",
      apiKey: "",
      baseUrl: "https://api.groq.com/openai/v1",
      model: "w",
      takesUrl: false,
      maxBodyBytes: 26_214_400,
    });
  });

  test("may take URLs and less", () => {
    const change = { ...openai, SPEECH_TAKES_URL: "1", SPEECH_MAX_BYTES: "10000000" };
    expect(read(change).upstream).toMatchObject({ takesUrl: true, maxBodyBytes: 10_000_000 });
  });

  test.each([
    [{ SPEECH_BASE_URL: "" }, /^SPEECH_BASE_URL is not set/],
    [{ SPEECH_MODEL: "" }, /^SPEECH_MODEL is not set/],
    [
      { SPEECH_BASE_URL: "localhost:8000" },
      'SPEECH_BASE_URL must be an http or https address, not "localhost:8000"',
    ],
    [{ SPEECH_TAKES_URL: "yes" }, 'SPEECH_TAKES_URL must be 1 or 0, not "yes"'],
    [{ SPEECH_MAX_BYTES: "999999" }, /^SPEECH_MAX_BYTES must be a number from 1000000/],
    [{ SPEECH_API: "groq" }, 'SPEECH_API must be one of together, openai, local, stand-in, not "groq"'],
  ])("set up with %j says what is wrong", (change, message) => {
    expect(() => read({ ...openai, ...change })).toThrow(message);
  });
});

test("a setting that no part could be cut by names itself", () => {
  expect(() => read({ PART_MINUTES: "0" })).toThrow('PART_MINUTES must be a number from 0.1 to 120, not "0"');
  expect(() => read({ UPSTREAM_CONCURRENCY: "many" })).toThrow(/^UPSTREAM_CONCURRENCY must be/);
});
