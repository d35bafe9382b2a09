import { expect, test } from "vitest";
import { describeSpeech, TOGETHER_URL } from "./describe-speech.ts";
import { runLocal } from "./run-local.ts";

test("the banner names Together AI only where Together AI hears", () => {
  expect(describeSpeech({ api: "together", url: new URL(TOGETHER_URL) })).toBe("Together AI");
  const other = describeSpeech({ api: "together", url: new URL("https://speech.example.com:8443/v1") });
  expect(other).toBe("speech.example.com:8443  (TOGETHER_BASE_URL)");
});

test("the banner names the model and the host of a server with OpenAI's routes", () => {
  const url = new URL("http://127.0.0.1:8000/v1");
  expect(describeSpeech({ api: "openai", url, model: "whisper-1" })).toBe(
    "whisper-1 at 127.0.0.1:8000  (SPEECH_BASE_URL)",
  );
});

test("the banner says that the stand-in hears no real words", () => {
  const shown = describeSpeech({ api: "stand-in", url: new URL("http://127.0.0.1:8788/v1") });
  expect(shown).toMatch(/^http:\/\/127\.0\.0\.1:8788 .*stand-in.*only the sample/);
});

test("the banner names the model of the local engine", () => {
  const url = new URL("http://127.0.0.1:8788/v1");
  expect(describeSpeech({ api: "local", url, model: "parakeet" })).toContain("(parakeet on this machine");
});

test.for([
  [{ SPEECH_API: "openai" }, "SPEECH_BASE_URL is not set"],
  [{ SPEECH_API: "openai", SPEECH_BASE_URL: "http://127.0.0.1:8000/v1" }, "SPEECH_MODEL is not set"],
  [{ SPEECH_API: "Together" }, 'SPEECH_API must be one of together, openai, local, stand-in, not "Together"'],
  [{ SPEECH_API: "together" }, "TOGETHER_API_KEY is not set"],
  [{ TOGETHER_BASE_URL: "https://speech.example.com/v1" }, "TOGETHER_API_KEY is not set"],
] as const)("a start with %o ends before anything is started, and says why", async ([vars, message]) => {
  const none = { SPEECH_API: "", TOGETHER_API_KEY: "", TOGETHER_BASE_URL: "" };
  await expect(runLocal({ vars: { ...none, ...vars } })).rejects.toThrow(message);
});
