import { expect, test } from "vitest";
import { optionsAgain } from "./again-options.ts";

const OPTIONS = {
  model: "openai/whisper-large-v3",
  language: "de",
  prompt: null,
  temperature: 0,
  timestamp_granularities: ["word" as const],
  diarize: true,
  min_speakers: null,
  max_speakers: null,
  priority: "accuracy" as const,
  response_format: "verbose_json" as const,
  reuse: true,
};
const FIRST = { task: "transcribe" as const, options: OPTIONS };

function form(fields: Record<string, string>): FormData {
  const filled = new FormData();
  for (const [name, value] of Object.entries({ language: "auto", ...fields })) filled.set(name, value);
  return filled;
}

test("an empty field asks for nothing in particular", () => {
  expect(optionsAgain(FIRST, form({ min_speakers: "", max_speakers: "", prompt: "  " }))).toEqual({
    language: "auto",
    min_speakers: null,
    max_speakers: null,
    prompt: null,
    task: "transcribe",
    diarize: true,
  });
});

test("what is filled in is asked for", () => {
  const fields = { language: "fr", min_speakers: "2", max_speakers: "3", prompt: " Chloé, Zürich " };
  expect(optionsAgain(FIRST, form(fields))).toMatchObject({
    language: "fr",
    min_speakers: 2,
    max_speakers: 3,
    prompt: "Chloé, Zürich",
  });
});

test("speakers are told apart in a translation, and where a number of them is given", () => {
  const without = { ...FIRST, options: { ...OPTIONS, diarize: false } };
  expect(optionsAgain(without, form({}))).toMatchObject({ diarize: false });
  expect(optionsAgain(without, form({ min_speakers: "2" }))).toMatchObject({ diarize: true });
  expect(optionsAgain(without, form({ translate: "on" }))).toMatchObject({
    task: "translate",
    diarize: true,
  });
});
