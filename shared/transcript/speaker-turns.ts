import { firstIndex } from "../first-index.ts";
/** Who talks when, prepared for many questions: turns by start, and how far the turns up to each one reach. */
export type SpeakerTurns = {
  readonly turns: readonly Turn[];
  /** For each turn the index, up to and including it, of the one that ends last. */
  readonly reach: readonly number[];
};

/** Seconds. */
type Turn = { readonly start: number; readonly end: number; readonly speaker_id: string };

export function indexTurns(turns: readonly Turn[]): SpeakerTurns {
  const sorted = [...turns].sort((a, b) => a.start - b.start);
  const reach: number[] = [];
  let last = 0;
  for (const [index, turn] of sorted.entries()) {
    if (turn.end > (sorted[last]?.end ?? 0)) last = index;
    reach.push(last);
  }
  return { turns: sorted, reach };
}

/**
 * Each speaker who talks between the two times, with the seconds of it. An instant (`start` = `end`) is shared,
 * with zero seconds, by all whose turn touches it.
 */
export function speakersBetween(index: SpeakerTurns, start: number, end: number): Map<string, number> {
  const seconds = new Map<string, number>();
  for (let at = lastStartedBy(index, end); at >= 0 && reachOf(index, at) >= start; at--) {
    const turn = index.turns[at];
    if (!turn) break;
    const shared = Math.min(end, turn.end) - Math.max(start, turn.start);
    if (shared > 0 || (shared === 0 && start === end)) {
      seconds.set(turn.speaker_id, (seconds.get(turn.speaker_id) ?? 0) + shared);
    }
  }
  return seconds;
}

/** The speaker with the greatest share between the two times, else of the nearest turn (the earlier of two); undefined without turns. */
export function speakerBetween(index: SpeakerTurns, start: number, end: number): string | undefined {
  let speaker: string | undefined;
  let most = -1;
  for (const [candidate, seconds] of speakersBetween(index, start, end)) {
    // The latest turn comes first; of equal shares the earlier turn's speaker wins.
    if (seconds >= most) {
      speaker = candidate;
      most = seconds;
    }
  }
  return speaker ?? nearestSpeaker(index, start, end);
}

/** Asked only when nobody talks between the two times, so every turn started by `start` has ended by then. */
function nearestSpeaker(index: SpeakerTurns, start: number, end: number): string | undefined {
  const at = lastStartedBy(index, start);
  const before = index.turns[index.reach[at] ?? -1];
  const after = index.turns[at + 1];
  if (!before || !after) return (before ?? after)?.speaker_id;
  return after.start - end < start - before.end ? after.speaker_id : before.speaker_id;
}

function reachOf(index: SpeakerTurns, at: number): number {
  return index.turns[index.reach[at] ?? -1]?.end ?? Number.NEGATIVE_INFINITY;
}

/** The index of the last turn that starts at or before the time; -1 when none does. */
function lastStartedBy(index: SpeakerTurns, time: number): number {
  const { turns } = index;
  return firstIndex(turns.length, (at) => (turns[at]?.start ?? Number.POSITIVE_INFINITY) > time) - 1;
}
