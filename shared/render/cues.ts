import { columnsOf, shorten } from "./columns.ts";
import { type Box, LineFiller, layLines } from "./cue-lines.ts";
import type { SubtitleRules } from "./subtitle-rules.ts";
import type { Unit } from "./subtitle-units.ts";

/** One subtitle, within the rules, of one speaker. */
type Cue = {
  startMs: number;
  endMs: number;
  speaker: string | undefined;
  lines: string[];
};

type CueOptions = {
  /** Seconds of the recording: no cue is held longer than it. */
  duration: number;
  rules: SubtitleRules;
};

/** A label leaves room for words beside it. */
const MAX_NAME_COLUMNS = 30;
const LEAST_WORD_COLUMNS = 11;
/** A name cut shorter than this tells nobody anything. */
const LEAST_NAME_COLUMNS = 4;

const ENDS_SENTENCE = /[.?!…。！？؟۔।॥]["'”’»)\]」』]*$/;
const ENDS_CLAUSE = /[,;:،؛、，；：—–]["'”’»)\]」』]*$/;

/**
 * Lays units out as cues. A change of speaker and a pause always end a cue; between those, breaks are chosen
 * together for the least cost: few cues, ended by punctuation or a short pause, evenly filled.
 */
export function buildCues(units: readonly Unit[], { duration, rules }: CueOptions): Cue[] {
  const cues: Cue[] = [];
  let speaker: string | undefined;
  for (const [from, to] of blocksOf(units, rules)) {
    const block = units.slice(from, to);
    const isNew = block[0]?.speaker !== speaker;
    speaker = block[0]?.speaker;
    const labelOf: LabelOf = (first) => {
      const isNamed =
        rules.labels === "always" || (rules.labels === "changes" && isNew && first === block[0]);
      return isNamed ? makeLabel(first, rules) : undefined;
    };
    for (const cue of breakBlock(block, labelOf, rules)) cues.push(draftCue(cue, labelOf, rules));
  }
  setTimes(cues, Math.round(duration * 1000), rules);
  return cues;
}

/** What stands in front of a cue that begins with this unit. */
type LabelOf = (first: Unit) => Box | undefined;

/** A name may take a line of its own, but where there is one line, only what the unit leaves. */
function makeLabel(first: Unit, { maxLineColumns, maxLines }: SubtitleRules): Box | undefined {
  if (first.speaker === undefined) return undefined;
  const beside = maxLineColumns - (maxLines === 1 ? first.columns + 1 : LEAST_WORD_COLUMNS);
  const columns = Math.min(MAX_NAME_COLUMNS, beside - 1);
  if (columns < LEAST_NAME_COLUMNS) return undefined;
  const text = `${shorten(first.speaker, columns)}:`;
  return { text, columns: columnsOf(text), spaced: false };
}

/** Index ranges of units without a pause or another speaker between them. */
function blocksOf(units: readonly Unit[], { maxPauseSeconds }: SubtitleRules): [number, number][] {
  const blocks: [number, number][] = [];
  let from = 0;
  for (const [index, unit] of units.entries()) {
    const next = units[index + 1];
    if (next && next.speaker === unit.speaker && next.start - unit.end <= maxPauseSeconds) continue;
    blocks.push([from, index + 1]);
    from = index + 1;
  }
  return blocks;
}

/** The block cut into the units of its cues: the cheapest way to get to each place, found from front to back. */
function breakBlock(block: readonly Unit[], labelOf: LabelOf, rules: SubtitleRules): Unit[][] {
  const cost = new Float64Array(block.length + 1).fill(Number.POSITIVE_INFINITY);
  const cameFrom = new Int32Array(block.length + 1);
  cost[0] = 0;
  for (const [from, first] of block.entries()) {
    const label = labelOf(first);
    const filler = new LineFiller(label, rules);
    for (let to = from; to < block.length; to++) {
      const unit = block[to];
      if (!unit || !filler.add(label && to === from ? { ...unit, spaced: true } : unit)) break;
      if (to > from && unit.end - first.start > rules.maxCueSeconds) break;
      const total = (cost[from] ?? 0) + cueCost(first, unit, block[to + 1], filler.filled, rules);
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
function cueCost(
  first: Unit,
  last: Unit,
  next: Unit | undefined,
  filled: number,
  { maxPauseSeconds, minCueSeconds }: SubtitleRules,
): number {
  let cost = 0.6 + 0.3 * (1 - filled) ** 2;
  if (!next) return cost;
  if (!ENDS_SENTENCE.test(last.text)) {
    const pause = Math.min((next.start - last.end) / maxPauseSeconds, 1);
    cost += (ENDS_CLAUSE.test(last.text) ? 0.25 : 0.6) * (1 - 0.5 * pause);
  }
  if (next.start - first.start < minCueSeconds) cost += 0.6;
  return cost;
}

function draftCue(units: readonly Unit[], labelOf: LabelOf, rules: SubtitleRules): Cue {
  const [first] = units;
  const label = first && labelOf(first);
  // Behind a label stands a space, whatever the script.
  const words = label ? [{ ...first, spaced: true }, ...units.slice(1)] : units;
  return {
    startMs: Math.round((units[0]?.start ?? 0) * 1000),
    endMs: Math.round((units.at(-1)?.end ?? 0) * 1000),
    speaker: units[0]?.speaker,
    lines: layLines(words, label, rules),
  };
}

/**
 * Makes the times those of a subtitle file: whole milliseconds, each cue longer than nothing and over before the
 * next. Cues that begin together push each other on by a millisecond, until there is room again.
 */
function setTimes(cues: Cue[], durationMs: number, rules: SubtitleRules): void {
  const minMs = rules.minCueSeconds * 1000;
  const maxMs = rules.maxCueSeconds * 1000;
  let free = 0;
  for (const [index, cue] of cues.entries()) {
    const next = cues[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const spokenUntil = cue.endMs;
    cue.startMs = Math.max(cue.startMs, free);
    const held = Math.min(cue.startMs + minMs, Math.max(durationMs, spokenUntil));
    const end = Math.min(Math.max(spokenUntil, held), next, cue.startMs + maxMs);
    cue.endMs = Math.max(end, cue.startMs + 1);
    free = cue.endMs;
  }
}
