import { columnsOf, shorten } from "./columns.ts";
import { type Box, LineFiller, layLines } from "./cue-lines.ts";
import { MAX_CUE_SECONDS, type Unit } from "./subtitle-units.ts";

/** One subtitle: at most two lines of 42 columns, at most 7 s, one speaker. */
export type Cue = {
  startMs: number;
  endMs: number;
  speaker: string | undefined;
  lines: string[];
};

export type CueOptions = {
  /** Seconds of the recording: no cue is held longer than it. */
  duration: number;
  /** Write `NAME: ` in front where the speaker changes. */
  labels: boolean;
};

/** A longer silence ends a cue. */
const PAUSE_SECONDS = 0.8;
/** Cues are held this long where the next one leaves room. */
const MIN_CUE_MS = 1000;
/** A label leaves room for words beside it. */
const MAX_NAME_COLUMNS = 30;

const ENDS_SENTENCE = /[.?!…。！？؟۔।॥]["'”’»)\]」』]*$/;
const ENDS_CLAUSE = /[,;:،؛、，；：—–]["'”’»)\]」』]*$/;

/**
 * Lays units out as cues. A change of speaker and a pause always end a cue; between those, breaks are chosen
 * together for the least cost: few cues, ended by punctuation or a short pause, evenly filled.
 */
export function buildCues(units: readonly Unit[], options: CueOptions): Cue[] {
  const cues: Cue[] = [];
  let speaker: string | undefined;
  for (const [from, to] of blocksOf(units)) {
    const block = units.slice(from, to);
    const next = block[0]?.speaker;
    const label = options.labels && next !== undefined && next !== speaker ? labelOf(next) : undefined;
    if (label && block[0]) block[0] = { ...block[0], spaced: true };
    speaker = next;
    for (const [index, cue] of breakBlock(block, label).entries()) {
      cues.push(draftCue(cue, index === 0 ? label : undefined));
    }
  }
  setTimes(cues, Math.round(options.duration * 1000));
  return cues;
}

function labelOf(speaker: string): Box {
  const text = `${shorten(speaker, MAX_NAME_COLUMNS)}:`;
  return { text, columns: columnsOf(text), spaced: false };
}

/** Index ranges of units without a pause or another speaker between them. */
function blocksOf(units: readonly Unit[]): [number, number][] {
  const blocks: [number, number][] = [];
  let from = 0;
  for (const [index, unit] of units.entries()) {
    const next = units[index + 1];
    if (next && next.speaker === unit.speaker && next.start - unit.end <= PAUSE_SECONDS) continue;
    blocks.push([from, index + 1]);
    from = index + 1;
  }
  return blocks;
}

/** The block cut into the units of its cues: the cheapest way to get to each place, found from front to back. */
function breakBlock(block: readonly Unit[], label: Box | undefined): Unit[][] {
  const cost = new Float64Array(block.length + 1).fill(Number.POSITIVE_INFINITY);
  const cameFrom = new Int32Array(block.length + 1);
  cost[0] = 0;
  for (const [from, first] of block.entries()) {
    const filler = new LineFiller(from === 0 ? label : undefined);
    for (let to = from; to < block.length; to++) {
      const unit = block[to];
      if (!unit || !filler.add(unit)) break;
      if (to > from && unit.end - first.start > MAX_CUE_SECONDS) break;
      const total = (cost[from] ?? 0) + cueCost(first, unit, block[to + 1], filler.filled);
      if (total < (cost[to + 1] ?? 0)) {
        cost[to + 1] = total;
        cameFrom[to + 1] = from;
      }
    }
  }
  const cues: Unit[][] = [];
  for (let to = block.length; to > 0; to = cameFrom[to] ?? 0) cues.push(block.slice(cameFrom[to] ?? 0, to));
  return cues.reverse();
}

/** The weights are a matter of taste: a cue more is worth it for a sentence's end, hardly for a comma. */
function cueCost(first: Unit, last: Unit, next: Unit | undefined, filled: number): number {
  let cost = 0.6 + 0.3 * (1 - filled) ** 2;
  if (!next) return cost;
  if (!ENDS_SENTENCE.test(last.text)) {
    const pause = Math.min((next.start - last.end) / PAUSE_SECONDS, 1);
    cost += (ENDS_CLAUSE.test(last.text) ? 0.25 : 0.6) * (1 - 0.5 * pause);
  }
  if ((next.start - first.start) * 1000 < MIN_CUE_MS) cost += 0.6;
  return cost;
}

function draftCue(units: readonly Unit[], label: Box | undefined): Cue {
  return {
    startMs: Math.round((units[0]?.start ?? 0) * 1000),
    endMs: Math.round((units.at(-1)?.end ?? 0) * 1000),
    speaker: units[0]?.speaker,
    lines: layLines(units, label),
  };
}

/**
 * Makes the times those of a subtitle file: whole milliseconds, each cue longer than nothing and over before the
 * next. Cues that begin together push each other on by a millisecond, until there is room again.
 */
function setTimes(cues: Cue[], durationMs: number): void {
  let free = 0;
  for (const [index, cue] of cues.entries()) {
    const next = cues[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const spokenUntil = cue.endMs;
    cue.startMs = Math.max(cue.startMs, free);
    const held = Math.min(cue.startMs + MIN_CUE_MS, Math.max(durationMs, spokenUntil));
    const end = Math.min(Math.max(spokenUntil, held), next, cue.startMs + MAX_CUE_SECONDS * 1000);
    cue.endMs = Math.max(end, cue.startMs + 1);
    free = cue.endMs;
  }
}
