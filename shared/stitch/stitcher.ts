import type {
  SpeakerSegment,
  Transcript,
  TranscriptSegment,
  TranscriptSummary,
} from "../transcript/transcript.ts";
import { KEYS, unknownKeys } from "../transcript/transcript-keys.ts";
import { addMissedWords } from "./add-missed-words.ts";
import type { HeardPart } from "./heard-part.ts";
import { joinTexts, spaceBetween } from "./join-texts.ts";
import { type LanguageVotes, majorityLanguage, voteForLanguage } from "./majority-language.ts";
import { placePart } from "./place-part.ts";
import type { Seam } from "./seams/find-seam.ts";
import { trimPart } from "./trim-part.ts";
import { wordsOf } from "./words-of.ts";

/** Who a part's speaker is in the whole recording. */
export type SpeakerName = { part: number; local: string; speaker: string };

/** The next piece of the whole transcript: what it adds to each of these. */
export type StitchedPiece = Pick<Transcript, "text" | "segments" | "words" | "speaker_segments">;

/** Known only after the last part. */
export type StitchedEnd = {
  /** The last piece. */
  piece: StitchedPiece;
  summary: TranscriptSummary;
  /** Unknown keys that are equal in the answers of all parts. */
  extra: Record<string, unknown>;
};

/**
 * Puts the parts' answers together, one after another in order. Returns what is final after each part, and keeps only the
 * segment and the turn that may continue across the next seam. There is a seam between every two parts.
 */
export class Stitcher {
  readonly #seams: readonly Seam[];
  readonly #names: readonly Map<string, string>[];
  readonly #languages: LanguageVotes = new Map();
  readonly #speakers = new Set<string>();
  readonly #counts = { parts: 0, words: 0, segments: 0, turns: 0 };
  #extra: Record<string, unknown> = {};
  #duration = 0;
  #lastText = "";
  #lastStart = 0;
  #openSegment: TranscriptSegment | undefined;
  #openTurn: SpeakerSegment | undefined;
  #segmentGoesOn = false;
  #turnGoesOn = false;
  #isTurnOfLastPart = false;

  constructor(seams: readonly Seam[], names: readonly SpeakerName[]) {
    this.#seams = seams;
    this.#names = Array.from({ length: seams.length + 1 }, () => new Map<string, string>());
    for (const { part, local, speaker } of names) this.#names[part]?.set(local, speaker);
  }

  /** The part is not changed. */
  add(part: HeardPart): StitchedPiece {
    const { start: offset } = part;
    const index = this.#counts.parts++;
    const before = this.#seams[index - 1];
    const after = this.#seams[index];
    const from = before?.right ?? 0;
    const missed = [...(before?.missedBySecond ?? []), ...(after?.missedByFirst ?? [])].filter(
      (word) => word.before >= from && word.before <= (after?.left ?? Number.POSITIVE_INFINITY),
    );
    const transcript = addMissedWords(part.transcript, missed, offset);
    const to = after ? Math.max(from, after.left + missed.length) : wordsOf(transcript).length;
    const trimmed = trimPart(transcript, {
      from,
      to,
      fromSeconds: before ? before.time - offset : Number.NEGATIVE_INFINITY,
      toSeconds: after ? after.time - offset : Number.POSITIVE_INFINITY,
    });
    const placed = placePart(trimmed, transcript, {
      offset,
      // Two parts' times of one word differ, and word ends are sloppy: the whole stays in order and has no overhang.
      earliestStart: Math.min(this.#lastStart, before?.time ?? 0),
      latestStart: after?.time ?? part.end,
      end: part.end,
      speakerOf: (local) => this.#names[index]?.get(local),
      firstWordId: this.#counts.words,
    });
    for (const items of [placed.words, placed.segments, placed.turns])
      this.#lastStart = Math.max(this.#lastStart, items.at(-1)?.start ?? 0);
    this.#counts.words += placed.words.length;
    for (const { speaker_id: speaker } of placed.words)
      if (speaker !== undefined) this.#speakers.add(speaker);
    voteForLanguage(this.#languages, transcript.language, to - from);
    this.#noteWhole(part, index);

    const joinsSegments = this.#segmentGoesOn && trimmed.segments.cutAtHead;
    const joinsTurns = this.#isTurnOfLastPart && (this.#turnGoesOn || trimmed.turns.cutAtHead);
    this.#segmentGoesOn = trimmed.segments.cutAtTail;
    this.#turnGoesOn = trimmed.turns.cutAtTail;
    this.#isTurnOfLastPart = placed.turns.length > 0;
    return {
      text: this.#nextText(trimmed.text, index),
      segments: this.#flushSegments(placed.segments, joinsSegments),
      words: placed.words,
      speaker_segments: this.#flushTurns(placed.turns, joinsTurns),
    };
  }

  finish(): StitchedEnd {
    return {
      piece: {
        text: "",
        segments: this.#openSegment ? [this.#openSegment] : [],
        words: [],
        speaker_segments: this.#openTurn ? [this.#openTurn] : [],
      },
      summary: {
        language: majorityLanguage(this.#languages),
        duration: this.#duration,
        segments: this.#counts.segments,
        words: this.#counts.words,
        speakers: [...this.#speakers].sort(),
      },
      extra: this.#extra,
    };
  }

  #flushSegments(segments: readonly TranscriptSegment[], joins: boolean): TranscriptSegment[] {
    const flushed: TranscriptSegment[] = [];
    for (const [index, segment] of segments.entries()) {
      const open = this.#openSegment;
      if (open && joins && index === 0) {
        this.#openSegment = { ...segment, ...open, ...bothOf(open, segment) };
        continue;
      }
      if (open) flushed.push(open);
      this.#openSegment = { ...segment, id: this.#counts.segments++ };
    }
    return flushed;
  }

  #flushTurns(turns: readonly SpeakerSegment[], joins: boolean): SpeakerSegment[] {
    const flushed: SpeakerSegment[] = [];
    for (const [index, turn] of turns.entries()) {
      const open = this.#openTurn;
      if (open && joins && index === 0 && open.speaker_id === turn.speaker_id) {
        this.#openTurn = { ...turn, ...open, ...bothOf(open, turn), words: [...open.words, ...turn.words] };
        continue;
      }
      if (open) flushed.push(open);
      this.#openTurn = { ...turn, id: this.#counts.turns++ };
      this.#speakers.add(turn.speaker_id);
    }
    return flushed;
  }

  /** The text up to the next seam, with the space before it. */
  #nextText(text: string, index: number): string {
    const kept = index < this.#seams.length ? text.trimEnd() : text;
    if (index === 0) {
      this.#lastText = kept;
      return kept;
    }
    const shown = kept.trimStart();
    if (shown === "") return "";
    const piece = this.#lastText === "" ? shown : spaceBetween(this.#lastText, shown) + shown;
    this.#lastText = piece;
    return piece;
  }

  #noteWhole({ end, transcript }: HeardPart, index: number): void {
    this.#duration = Math.max(this.#duration, end);
    const extra = unknownKeys(transcript, KEYS.transcript);
    if (index === 0) this.#extra = extra;
    const shared = Object.entries(this.#extra).filter(
      ([key, value]) => JSON.stringify(value) === JSON.stringify(extra[key]),
    );
    this.#extra = Object.fromEntries(shared);
  }
}

function bothOf(first: TranscriptSegment | SpeakerSegment, second: TranscriptSegment | SpeakerSegment) {
  return {
    start: Math.min(first.start, second.start),
    end: Math.max(first.end, second.end),
    text: joinTexts(first.text, second.text),
  };
}
