import { describe, expect, test } from "vitest";
import type { Task } from "../../../shared/job.ts";
import { checkOptions } from "../jobs/job-options.ts";
import { typeTextFields } from "../jobs/text-fields.ts";
import { readFields } from "./read-fields.ts";

/** The fields of a form, as a client writes them. */
function read(fields: [string, string][], task: Task = "transcribe") {
  const { asked, options } = readFields(typeTextFields(fields), task);
  return {
    asked,
    job: checkOptions(
      { allowLocal: false, baseUrl: "https://diarist.example", mediaBaseUrl: "https://diarist.example" },
      options,
    ),
  };
}

describe("a form without any field", () => {
  test("asks for text as JSON and tells no speakers", () => {
    expect(read([])).toMatchObject({
      asked: { format: "json", words: false, openai: false },
      job: { model: "openai/whisper-large-v3", language: "auto", diarize: false, task: "transcribe" },
    });
  });
});

describe("a model", () => {
  test("of OpenAI's is ours", () => {
    for (const model of [
      "whisper-1",
      "gpt-4o-transcribe",
      "gpt-4o-mini-transcribe-2025-12-15",
      "gpt-transcribe",
    ]) {
      expect(read([["model", model]])).toMatchObject({
        asked: { openai: true },
        job: { model: "openai/whisper-large-v3", diarize: false },
      });
    }
  });

  test("of OpenAI's that tells speakers asks for speakers", () => {
    expect(read([["model", "gpt-4o-transcribe-diarize"]]).job.diarize).toBe(true);
  });

  test("of another name is passed on", () => {
    expect(read([["model", "nvidia/parakeet-tdt-0.6b-v3"]])).toMatchObject({
      asked: { openai: false },
      job: { model: "nvidia/parakeet-tdt-0.6b-v3" },
    });
  });
});

describe("timestamp_granularities", () => {
  test("are read as each SDK writes them, and the job has both in any case", () => {
    const spellings: [string, string][][] = [
      [
        ["timestamp_granularities[]", "segment"],
        ["timestamp_granularities[]", "word"],
      ],
      [
        ["timestamp_granularities", "segment"],
        ["timestamp_granularities", "word"],
      ],
      [["timestamp_granularities", "segment,word"]],
      [["timestamp_granularities[0]", "word"]],
    ];
    for (const fields of spellings) {
      expect(read(fields)).toMatchObject({
        asked: { words: true },
        job: { timestamp_granularities: ["segment", "word"] },
      });
    }
  });

  test("of another kind are refused", () => {
    expect(() => read([["timestamp_granularities[]", "letter"]])).toThrow(/must be `word`, `segment`/);
  });
});

describe("a language", () => {
  test("may be a code, a tag, an English name, empty or one of a list", () => {
    const of = (...fields: [string, string][]) => read(fields).job.language;
    expect(of(["language", "pt"])).toBe("pt");
    expect(of(["language", "pt-BR"])).toBe("pt");
    expect(of(["language", "Portuguese"])).toBe("pt");
    expect(of(["language", ""])).toBe("auto");
    expect(of(["languages[]", "pt"])).toBe("pt");
    expect(of(["languages[]", "pt"], ["languages[]", "es"])).toBe("auto");
  });
});

describe("a field of OpenAI's", () => {
  test("that changes no word is passed over", () => {
    const harmless: [string, string][] = [
      ["chunking_strategy", "auto"],
      ["include[]", "logprobs"],
      ["stream", "false"],
    ];
    expect(read(harmless).job).toEqual(read([]).job);
  });

  test("that is not supported is refused", () => {
    expect(() => read([["stream", "true"]])).toThrow(/stream: is not supported/);
    expect(() => read([["known_speaker_names[]", "Ada"]])).toThrow(/known_speaker_names: is not supported/);
    expect(() => read([["response_format", "docx"]])).toThrow(/response_format: must be one of json/);
  });

  test("with keywords is part of the prompt", () => {
    const fields: [string, string][] = [
      ["prompt", "A call."],
      ["keywords[]", "Ada"],
      ["keywords[]", "Grace"],
    ];
    expect(read(fields).job.prompt).toBe("A call. Ada, Grace");
  });
});

test("a typo is refused, so that it does not cost a transcription", () => {
  expect(() => read([["langauge", "en"]])).toThrow(/langauge: is not a known field/);
});

test("fields that only a job has are a job's", () => {
  expect(
    read([
      ["tags[]", "calls"],
      ["external_id", "crm-1"],
      ["reuse", "false"],
    ]).job,
  ).toMatchObject({
    tags: ["calls"],
    external_id: "crm-1",
    reuse: false,
  });
});

test("a translation is one because the route says so", () => {
  expect(read([], "translate").job.task).toBe("translate");
  expect(() => read([["task", "translate"]])).toThrow(/the route says it/);
  expect(() => read([["response_format", "diarized_json"]], "translate")).toThrow(/does not translate/);
});
