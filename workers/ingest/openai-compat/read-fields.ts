import type { Task } from "../../../shared/job.ts";
import { languageCode, UNKNOWN_LANGUAGE } from "../../../shared/transcript/language.ts";
import { refuseFields } from "../http/refuse-fields.ts";

export const DROP_IN_FORMATS = ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"] as const;
type DropInFormat = (typeof DROP_IN_FORMATS)[number];

/** How the caller wants the answer. The job does not depend on it: it always asks for everything. */
export type Asked = {
  format: DropInFormat;
  words: boolean;
  /** The model has one of OpenAI's names. Languages are then English names, not codes. */
  openai: boolean;
};

/** OpenAI's names of speech models. All mean our one model. */
const OPENAI_MODEL = /^(whisper-1|gpt-(4o-)?(mini-)?transcribe(-diarize)?(-\d{4}-\d{2}-\d{2})?)$/;
const OWN_MODEL = "openai/whisper-large-v3";

/** OpenAI's fields that do not change the words. We cut long recordings ourselves. */
const IGNORED = new Set(["chunking_strategy", "include", "stream"]);
/** OpenAI's fields that we do not support. */
const REFUSED = new Map([
  ["known_speaker_names", "is not supported; the speakers are SPEAKER_00, SPEAKER_01 and so on"],
  ["known_speaker_references", "is not supported; the speakers are SPEAKER_00, SPEAKER_01 and so on"],
  ["task", "is not a field here: the route says it"],
]);

/**
 * Maps OpenAI's and Together's fields to a job's options, and says how to answer. Fields that only a job has (`tags`,
 * `webhook_url` …) stay as they are.
 */
export function readFields(
  fields: Record<string, unknown>,
  task: Task,
): { asked: Asked; options: Record<string, unknown> } {
  const { response_format, timestamp_granularities, model, language, languages, keywords, ...others } =
    fields;
  refuseUnsupported(others);
  const kept = Object.entries(others).filter(([name]) => !IGNORED.has(name));
  const openai = typeof model === "string" && OPENAI_MODEL.test(model);
  const format = readFormat(response_format);
  const tellsSpeakers = format === "diarized_json" || (openai && model.includes("diarize"));
  if (tellsSpeakers && task === "translate") {
    throw refuseFields([{ field: "response_format", message: "OpenAI's diarization does not translate" }]);
  }
  return {
    asked: { format, words: readGranularities(timestamp_granularities).includes("word"), openai },
    options: {
      diarize: tellsSpeakers,
      ...Object.fromEntries(kept),
      ...withPrompt(others["prompt"], keywords),
      task,
      model: openai ? OWN_MODEL : (model ?? OWN_MODEL),
      language: readLanguage(language, languages),
      response_format: format === "diarized_json" ? "verbose_json" : format,
    },
  };
}

function refuseUnsupported(fields: Record<string, unknown>): void {
  for (const [field, message] of REFUSED) if (field in fields) throw refuseFields([{ field, message }]);
  if (isTrue(fields["stream"])) {
    throw refuseFields([
      { field: "stream", message: "is not supported: the transcript comes when it is whole" },
    ]);
  }
}

function readFormat(said: unknown): DropInFormat {
  if (said === undefined || said === "") return "json";
  const format = DROP_IN_FORMATS.find((known) => known === said);
  if (format) return format;
  const message = `must be one of ${DROP_IN_FORMATS.join(", ")}`;
  throw refuseFields([{ field: "response_format", message }]);
}

function readGranularities(said: unknown): unknown[] {
  const list = said === undefined ? [] : Array.isArray(said) ? said : [said];
  if (list.every((item) => item === "word" || item === "segment")) return list;
  throw refuseFields([{ field: "timestamp_granularities", message: "must be `word`, `segment` or both" }]);
}

/** A code, a tag or an English name, as OpenAI takes them. Several languages mean `auto`: the model guesses better. */
function readLanguage(said: unknown, several: unknown): unknown {
  const only = said ?? (Array.isArray(several) && several.length === 1 ? several[0] : "auto");
  if (typeof only !== "string") return only;
  const code = languageCode(only);
  return code === UNKNOWN_LANGUAGE ? "auto" : code;
}

function withPrompt(prompt: unknown, keywords: unknown): { prompt?: unknown } {
  if (!Array.isArray(keywords) || keywords.length === 0) return {};
  const begin = typeof prompt === "string" && prompt !== "" ? `${prompt} ` : "";
  return { prompt: begin + keywords.join(", ") };
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && /^(true|1)$/i.test(value));
}
