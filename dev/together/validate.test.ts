import { expect, test } from "vitest";
import { Refusal } from "./errors.ts";
import { requireModel } from "./models.ts";
import { readModel, readOptions, type Task } from "./validate.ts";

function read(fields: Record<string, string | string[]>, task: Task = "transcribe") {
  return readOptions(new Map(Object.entries(fields).map(([name, value]) => [name, [value].flat()])), task);
}

function refusal(act: () => unknown): { slug: string; status: number; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return { slug: error.slug, status: error.status, message: error.message };
    throw error;
  }
  throw new Error("nothing was refused");
}

test("an empty form means the documented defaults", () => {
  expect(read({})).toEqual({
    language: undefined,
    responseFormat: "json",
    words: false,
    diarize: false,
    minSpeakers: undefined,
    maxSpeakers: undefined,
  });
  expect(readModel(new Map())).toBe("openai/whisper-large-v3");
});

test("granularities are understood bare, repeated and as a comma list", () => {
  expect(read({ timestamp_granularities: "segment" }).words).toBe(false);
  expect(read({ timestamp_granularities: "word" }).words).toBe(true);
  expect(read({ timestamp_granularities: ["segment", "word"] }).words).toBe(true);
  expect(read({ timestamp_granularities: "segment,word" }).words).toBe(true);
});

test("an unknown, empty or repeated granularity is refused by name", () => {
  expect(refusal(() => read({ timestamp_granularities: "char" }))).toEqual({
    slug: "invalid_params",
    status: 400,
    message: '`timestamp_granularities` must be segment or word, got "char".',
  });
  expect(refusal(() => read({ timestamp_granularities: "" })).slug).toBe("invalid_params");
  expect(refusal(() => read({ timestamp_granularities: "word,word" })).message).toContain("unique");
});

test("diarize is understood in lower case and as Python writes it, and nothing else is", () => {
  expect(read({ diarize: "true" }).diarize).toBe(true);
  expect(read({ diarize: "True" }).diarize).toBe(true);
  expect(read({ diarize: "False" }).diarize).toBe(false);
  expect(refusal(() => read({ diarize: "yes" })).message).toBe('`diarize` must be true or false, got "yes".');
});

test("temperature is a number from 0 to 1, both ends included", () => {
  expect(() => read({ temperature: "0" })).not.toThrow();
  expect(() => read({ temperature: "1.0" })).not.toThrow();
  expect(() => read({ temperature: "1e-3" })).not.toThrow();
  expect(refusal(() => read({ temperature: "1.01" })).slug).toBe("invalid_params");
  expect(refusal(() => read({ temperature: "-0.1" })).slug).toBe("invalid_params");
  expect(refusal(() => read({ temperature: "" })).slug).toBe("invalid_params");
  expect(refusal(() => read({ temperature: "0x1" })).slug).toBe("invalid_params");
});

test("only json and verbose_json are formats", () => {
  expect(read({ response_format: "verbose_json" }).responseFormat).toBe("verbose_json");
  expect(refusal(() => read({ response_format: "srt" })).message).toContain("`response_format`");
});

test("a language is an ISO code or auto, never a name", () => {
  expect(read({ language: "hi" }).language).toBe("hi");
  expect(read({ language: "auto" }).language).toBe("auto");
  expect(refusal(() => read({ language: "english" })).message).toContain("`language`");
});

test("speaker counts are whole numbers from 1, the minimum at most the maximum", () => {
  expect(read({ min_speakers: "2", max_speakers: "2" })).toMatchObject({ minSpeakers: 2, maxSpeakers: 2 });
  expect(refusal(() => read({ max_speakers: "2.5" })).message).toContain("`max_speakers`");
  expect(refusal(() => read({ min_speakers: "0" })).message).toContain("`min_speakers`");
  expect(refusal(() => read({ min_speakers: "3", max_speakers: "2" })).message).toContain(
    "at most max_speakers",
  );
});

test("translations ignore every diarization field, even a wrong one", () => {
  expect(read({ diarize: "yes", min_speakers: "x", max_speakers: "1" }, "translate")).toMatchObject({
    diarize: false,
    maxSpeakers: undefined,
  });
});

test("a single field sent twice is refused", () => {
  expect(refusal(() => read({ language: ["en", "de"] })).message).toBe("`language` was sent 2 times.");
});

test("an unknown model is 404, a dedicated one 400, both model_not_available", () => {
  expect(() => requireModel("nvidia/parakeet-tdt-0.6b-v3")).not.toThrow();
  expect(refusal(() => requireModel("mistralai/Voxtral-Mini-3B-2507"))).toMatchObject({
    slug: "model_not_available",
    status: 404,
  });
  const dedicated = refusal(() => requireModel("deepgram/flux"));
  expect(dedicated).toMatchObject({ slug: "model_not_available", status: 400 });
  expect(dedicated.message).toMatch(/^Unable to access non-serverless model deepgram\/flux\. Please visit /);
});
