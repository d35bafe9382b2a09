/** Turns the text fields of a request into options, or refuses them by name. Pure. */

import { Refusal } from "./errors.ts";
import { isLanguage } from "./languages.ts";
import { DEFAULT_MODEL } from "./models.ts";

export type Task = "transcribe" | "translate";

export type AudioOptions = {
  language: string | undefined;
  /** The last three are OpenAI's; a server with an engine knows them. */
  responseFormat: "json" | "verbose_json" | "text" | "srt" | "vtt";
  words: boolean;
  diarize: boolean;
  minSpeakers: number | undefined;
  maxSpeakers: number | undefined;
};

type Formats = readonly AudioOptions["responseFormat"][];
const TOGETHERS_FORMATS: Formats = ["json", "verbose_json"];
export const OPENAIS_FORMATS: Formats = [...TOGETHERS_FORMATS, "text", "srt", "vtt"];

type Texts = ReadonlyMap<string, readonly string[]>;

/** The model asked for, or the default one; whether it exists is another question. */
export function readModel(texts: Texts): string {
  return single(texts, "model") ?? DEFAULT_MODEL;
}

/** Throws a `Refusal` (`invalid_params`) naming the first field that is wrong. */
export function readOptions(texts: Texts, task: Task, formats: Formats = TOGETHERS_FORMATS): AudioOptions {
  const language = single(texts, "language");
  if (language !== undefined && language !== "auto" && !isLanguage(language)) {
    throw invalid("language", language, "an ISO 639-1 code or auto");
  }
  const temperature = single(texts, "temperature");
  if (temperature !== undefined && !isBetween(temperature, 0, 1)) {
    throw invalid("temperature", temperature, "a number from 0 to 1");
  }
  const options = {
    language,
    responseFormat: readResponseFormat(texts, formats),
    words: readGranularities(texts).includes("word"),
  };
  // The translations schema has no diarization: there these are unknown fields, and ignored as such.
  if (task === "translate") {
    return { ...options, diarize: false, minSpeakers: undefined, maxSpeakers: undefined };
  }
  return { ...options, diarize: readDiarize(texts), ...readSpeakerRange(texts) };
}

function readResponseFormat(texts: Texts, formats: Formats): AudioOptions["responseFormat"] {
  const text = single(texts, "response_format") ?? "json";
  const format = formats.find((one) => one === text);
  if (format) return format;
  throw invalid("response_format", text, formats.join(" or "));
}

function readGranularities(texts: Texts): string[] {
  const sent = texts.get("timestamp_granularities") ?? ["segment"];
  const items = sent.flatMap((value) => value.split(",")).map((item) => item.trim());
  const wrong = items.find((item) => item !== "segment" && item !== "word");
  if (wrong !== undefined) throw invalid("timestamp_granularities", wrong, "segment or word");
  if (new Set(items).size < items.length) {
    throw invalid("timestamp_granularities", items.join(","), "unique items");
  }
  return items;
}

function readDiarize(texts: Texts): boolean {
  const text = single(texts, "diarize") ?? "false";
  // The old Python SDK sends `True`, and its live tests relied on that being understood.
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw invalid("diarize", text, "true or false");
}

function readSpeakerRange(texts: Texts): Pick<AudioOptions, "minSpeakers" | "maxSpeakers"> {
  const minSpeakers = readCount(texts, "min_speakers");
  const maxSpeakers = readCount(texts, "max_speakers");
  if (minSpeakers !== undefined && maxSpeakers !== undefined && minSpeakers > maxSpeakers) {
    throw invalid("min_speakers", String(minSpeakers), `at most max_speakers (${maxSpeakers})`);
  }
  return { minSpeakers, maxSpeakers };
}

function readCount(texts: Texts, name: string): number | undefined {
  const text = single(texts, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1) throw invalid(name, text, "a whole number from 1");
  return Number(text);
}

function single(texts: Texts, name: string): string | undefined {
  const values = texts.get(name);
  if (values !== undefined && values.length > 1) {
    throw new Refusal("invalid_params", `\`${name}\` was sent ${values.length} times.`);
  }
  return values?.[0];
}

function isBetween(text: string, low: number, high: number): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number(text) >= low && Number(text) <= high;
}

function invalid(name: string, value: string, wanted: string): Refusal {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return new Refusal("invalid_params", `\`${name}\` must be ${wanted}, got ${JSON.stringify(shown)}.`);
}
