import type { TranscriptWord } from "../transcript/transcript.ts";
import { NO_SPEAKER } from "../transcript/transcript.ts";
import { globalSeconds, type PartRange } from "./heard-part.ts";

/** A silence after which it may be somebody else who is taken for the same speaker. */
const LONGEST_PAUSE_SECONDS = 1;
/** Word ends are sloppy, up to seconds too late. */
const LONGEST_WORD_SECONDS = 1;
/** Near a change of speakers a diarizer is a word or so off, and near a cut it has heard too little. */
const INSET_FRACTION = 0.1;
const MOST_INSET_SECONDS = 0.5;
const CUT_EDGE_SECONDS = 2;
/** Nobody can be told by less. */
const SHORTEST_SECONDS = 0.6;
const KEPT_EACH = 4;

/**
 * Where each speaker talks alone and without a longer pause, the longest stretches first, in seconds of the
 * recording; `words` are in the part's time, `cutEdges` where the part was cut out of the recording, if it was.
 */
export function clearStretches(
  words: readonly TranscriptWord[],
  offset: number,
  cutEdges: { from: number | undefined; to: number | undefined },
): Map<string, PartRange[]> {
  const stretches = new Map<string, PartRange[]>();
  for (const run of runsOf(inTimeOrder(words))) {
    const inset = Math.min(MOST_INSET_SECONDS, (run.end - run.start) * INSET_FRACTION);
    const start = Math.max(
      globalSeconds(run.start + inset, offset),
      (cutEdges.from ?? Number.NEGATIVE_INFINITY) + CUT_EDGE_SECONDS,
    );
    const end = Math.min(
      globalSeconds(run.end - inset, offset),
      (cutEdges.to ?? Number.POSITIVE_INFINITY) - CUT_EDGE_SECONDS,
    );
    if (end - start < SHORTEST_SECONDS) continue;
    const own = stretches.get(run.speaker);
    if (own) own.push({ start, end });
    else stretches.set(run.speaker, [{ start, end }]);
  }
  for (const own of stretches.values()) {
    own.sort((a, b) => b.end - b.start - (a.end - a.start));
    own.length = Math.min(own.length, KEPT_EACH);
  }
  return stretches;
}

type Run = { speaker: string; start: number; end: number };

/** Stretches of one speaker; a word of nobody ends one too, and the time in which two talk belongs to none. */
function runsOf(words: readonly TranscriptWord[]): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  let othersEnd = 0;
  for (const word of words) {
    const speaker = word.speaker_id === NO_SPEAKER ? undefined : word.speaker_id;
    const end = Math.min(word.end, word.start + LONGEST_WORD_SECONDS);
    if (run && run.speaker === speaker && word.start - run.end <= LONGEST_PAUSE_SECONDS) {
      run.end = Math.max(run.end, end);
      continue;
    }
    if (run && run.speaker !== speaker) {
      othersEnd = run.end;
      run.end = Math.min(run.end, word.start);
    }
    run = undefined;
    if (speaker === undefined) {
      othersEnd = Math.max(othersEnd, end);
      continue;
    }
    run = { speaker, start: Math.max(word.start, Math.min(othersEnd, end)), end };
    runs.push(run);
  }
  return runs;
}

function inTimeOrder(words: readonly TranscriptWord[]): readonly TranscriptWord[] {
  const ordered = words.every((word, index) => index === 0 || word.start >= (words[index - 1]?.start ?? 0));
  return ordered ? words : [...words].sort((a, b) => a.start - b.start);
}
