/** From what was recognised in the audio to the JSON that goes over the wire. Pure. */

import { UNKNOWN_LANGUAGE } from "../../shared/transcript/language.ts";
import type { Recognition } from "../recognise/recognise.ts";
import { cutBlocks, cutTurns } from "./blocks.ts";
import type { Flags } from "./settings.ts";
import { nameSpeakers, type Spoken } from "./speakers.ts";
import type { AudioOptions, Task } from "./validate.ts";

const SPEECH = "[speech]";
/** Voice activity can go on for an hour; pieces of this length keep segments about as long as the real ones. */
const MAX_UNMARKED_SECONDS = 10;

type WireWord = { id?: number; word: string; start: number; end: number; speaker_id?: string };
type WireSegment = { id: number; start: number; end: number; text: string };
type WireTurn = WireSegment & { speaker_id: string; words: WireWord[] };

type TranscriptionAnswer = {
  text: string;
  language?: string;
  duration?: number;
  segments?: WireSegment[];
  words?: WireWord[];
  speaker_segments?: WireTurn[];
};

export type AnswerContext = {
  task: Task;
  flags: Pick<Flags, "language_when_omitted" | "detected_language" | "diarize_with_json" | "word_ids">;
  random: () => number;
};

/** The body of a 200: `text` alone for `json`, and everything that was asked for with `verbose_json`. */
export function buildAnswer(
  recognition: Recognition,
  options: AudioOptions,
  context: AnswerContext,
): TranscriptionAnswer {
  const { task, flags, random } = context;
  const heard = recognition.heard === "activity" ? wordsOfSpeech(recognition.speech) : recognition.words;
  const words = options.diarize ? nameSpeakers(heard, options, random) : heard;
  const text = joinWords(words);
  const turns = options.diarize ? { speaker_segments: wireTurns(words, flags.word_ids) } : {};

  if (options.responseFormat === "json") {
    return flags.diarize_with_json === "speaker_segments" ? { text, ...turns } : { text };
  }
  const blocks = recognition.heard === "activity" ? words.map((word) => [word]) : cutBlocks(words);
  return {
    language: task === "translate" ? "en" : languageOf(recognition, options.language, flags),
    duration: recognition.duration,
    text,
    segments: blocks.map((block, id) => ({ id, ...span(block), text: joinWords(block) })),
    ...(options.words ? { words: wireWords(words, options.diarize, flags.word_ids, 0) } : {}),
    ...turns,
  };
}

function languageOf(
  { heard, language }: Recognition,
  requested: string | undefined,
  flags: AnswerContext["flags"],
): string {
  if (heard === "engine") return language ?? UNKNOWN_LANGUAGE;
  const wanted = requested ?? flags.language_when_omitted;
  return wanted === "auto" ? flags.detected_language : wanted;
}

function wordsOfSpeech(speech: Recognition["speech"]): Spoken[] {
  return speech.flatMap(({ start, end }) => {
    const pieces = Math.max(1, Math.ceil((end - start) / MAX_UNMARKED_SECONDS));
    const length = (end - start) / pieces;
    return Array.from({ length: pieces }, (_, piece) => ({
      word: SPEECH,
      speaker: SPEECH,
      start: start + piece * length,
      end: piece === pieces - 1 ? end : start + (piece + 1) * length,
    }));
  });
}

function wireTurns(words: readonly Spoken[], ids: Flags["word_ids"]): WireTurn[] {
  let before = 0;
  return cutTurns(words).map((turn, index) => {
    const firstId = ids === "global" ? before : 0;
    before += turn.length;
    return {
      // Together's one published example starts at 1, while segments and words start at 0.
      id: index + 1,
      speaker_id: turn[0]?.speaker ?? "",
      ...span(turn),
      text: joinWords(turn),
      words: wireWords(turn, true, ids, firstId),
    };
  });
}

function wireWords(
  words: readonly Spoken[],
  named: boolean,
  ids: Flags["word_ids"],
  firstId: number,
): WireWord[] {
  return words.map(({ word, speaker, start, end }, index) => ({
    ...(ids === "absent" ? {} : { id: firstId + index }),
    word,
    start: toMillis(start),
    end: toMillis(end),
    ...(named ? { speaker_id: speaker } : {}),
  }));
}

function span(words: readonly Spoken[]): { start: number; end: number } {
  return { start: toMillis(words[0]?.start ?? 0), end: toMillis(words.at(-1)?.end ?? 0) };
}

function joinWords(words: readonly Spoken[]): string {
  return words.map(({ word }) => word).join(" ");
}

/** Times come in whole milliseconds in every published answer; only `duration` is left as it is. */
function toMillis(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
