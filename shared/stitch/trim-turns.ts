import { joinTokens, tokensOf } from "../transcript/join-words.ts";
import type { SpeakerSegment, Transcript, TranscriptWord } from "../transcript/transcript.ts";
import { holds, type Kept, type Trimmed } from "./kept.ts";

/** `indices`: for each word of the turn the index of the same word in the answer's words, -1 for none. */
export type TrimmedTurn = { turn: SpeakerSegment; indices: number[] };

/** The turns of what is kept; a turn that is cut is what is left of its words. */
export function trimTurns(
  transcript: Transcript,
  words: readonly TranscriptWord[],
  kept: Kept,
): Trimmed<TrimmedTurn> {
  const trimmed: Trimmed<TrimmedTurn> = { items: [], cutAtHead: false, cutAtTail: false };
  const find = wordFinder(words);
  for (const turn of transcript.speaker_segments) {
    const hasWords = turn.words.length > 0;
    const own = hasWords ? turn.words : words.filter((word) => isOf(turn, word));
    const indices = own.map(find);
    const isKept = indices.map((index, at) =>
      index < 0 ? holds(kept, own[at] ?? turn) : index >= kept.from && index < kept.to,
    );
    if (isKept.every(Boolean)) {
      if (own.length > 0 || holds(kept, turn)) trimmed.items.push({ turn, indices: hasWords ? indices : [] });
      continue;
    }
    const left = own.filter((_, at) => isKept[at]);
    const [first] = left;
    if (!first) continue;
    const losesHead = isKept[0] === false;
    const losesTail = isKept.at(-1) === false;
    trimmed.cutAtHead ||= losesHead;
    trimmed.cutAtTail ||= losesTail;
    trimmed.items.push({
      turn: {
        ...turn,
        start: losesHead ? first.start : turn.start,
        end: losesTail ? latestEnd(left) : turn.end,
        text: joinTokens(tokensOf(own, turn.text).filter((_, at) => isKept[at])),
        words: hasWords ? left : [],
      },
      indices: hasWords ? indices.filter((_, at) => isKept[at]) : [],
    });
  }
  return trimmed;
}

/** In an answer whose turns have no words of their own, a word is said in the turn of its speaker around it. */
function isOf(turn: SpeakerSegment, word: TranscriptWord): boolean {
  const middle = (word.start + word.end) / 2;
  return word.speaker_id === turn.speaker_id && middle >= turn.start && middle <= turn.end;
}

/** Tells the index of a turn's word in the answer's words; turns mostly come in the order of the words. */
function wordFinder(words: readonly TranscriptWord[]): (word: TranscriptWord) => number {
  let next = 0;
  let byKey: Map<string, number[]> | undefined;
  return (word) => {
    if (isSame(words[next], word)) return next++;
    byKey ??= indexWords(words);
    const same = byKey.get(keyOf(word));
    // Equal words of one time are told apart by their order.
    const found = same && same.length > 1 ? same.shift() : same?.[0];
    if (found === undefined) return -1;
    next = found + 1;
    return found;
  };
}

function indexWords(words: readonly TranscriptWord[]): Map<string, number[]> {
  const byKey = new Map<string, number[]>();
  for (const [index, word] of words.entries()) {
    const key = keyOf(word);
    const same = byKey.get(key);
    if (same) same.push(index);
    else byKey.set(key, [index]);
  }
  return byKey;
}

function isSame(a: TranscriptWord | undefined, b: TranscriptWord): boolean {
  return a !== undefined && (a === b || (a.start === b.start && a.end === b.end && a.word === b.word));
}

function keyOf(word: TranscriptWord): string {
  return `${word.start} ${word.end} ${word.word}`;
}

function latestEnd(words: readonly TranscriptWord[]): number {
  return words.reduce((latest, word) => Math.max(latest, word.end), 0);
}
