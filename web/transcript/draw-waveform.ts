import { colourNumber, type Speaker, type Speakers } from "./model/speakers.ts";
import type { Words } from "./model/words.ts";
import type { Peaks } from "./peaks/peaks.ts";

/** Who speaks from when to when, in seconds. */
type Region = { start: number; end: number; speaker: Speaker | undefined };

/** Words of a speaker closer than this form one region: 10 hours have some thousands of them. */
const GAP_SECONDS = 1;
const BAR_PIXELS = 2;
const BAR_GAP_PIXELS = 1;
const HEIGHT_PIXELS = 56;
const LANE_PIXELS = 4;
const LANE_GAP_PIXELS = 1;
const LANES_GAP_PIXELS = 4;
/** Further speakers share the last row. */
const MOST_LANES = 5;

export function regionsOf(words: Words | null, { ofNumber }: Speakers): Region[] {
  const regions: Region[] = [];
  let open: Region | undefined;
  for (let index = 0; index < (words?.count ?? 0); index++) {
    const start = words?.starts[index] ?? 0;
    const end = words?.ends[index] ?? 0;
    const speaker = ofNumber(words?.speakers[index] ?? 0);
    if (open && open.speaker === speaker && start - open.end < GAP_SECONDS)
      open.end = Math.max(open.end, end);
    else {
      open = { start, end, speaker };
      regions.push(open);
    }
  }
  return regions;
}

type Picture = { width: number; duration: number; peaks: Peaks | null; regions: readonly Region[] };

/**
 * Bars show the loudness, in the colour of the speaker. Below them, each speaker has a row, so that position shows who
 * speaks too.
 */
export function drawWaveform(canvas: HTMLCanvasElement, { width, duration, peaks, regions }: Picture): void {
  const lanes = lanesOf(regions);
  const height =
    HEIGHT_PIXELS +
    (lanes.size > 0
      ? Math.min(lanes.size, MOST_LANES) * (LANE_PIXELS + LANE_GAP_PIXELS) + LANES_GAP_PIXELS
      : 0);
  const sharpness = devicePixelRatio;
  canvas.width = Math.round(width * sharpness);
  canvas.height = Math.round(height * sharpness);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  if (!context || duration <= 0) return;
  context.scale(sharpness, sharpness);
  const colours = new Map<Speaker | undefined, string>();
  const colourOf = (speaker: Speaker | undefined) => {
    let colour = colours.get(speaker);
    if (colour === undefined) {
      colour = speaker
        ? colourFor(canvas, `--speaker-${colourNumber(speaker)}`)
        : colourFor(canvas, "--edge");
      colours.set(speaker, colour);
    }
    return colour;
  };

  const bars = Math.floor(width / (BAR_PIXELS + BAR_GAP_PIXELS));
  let region = 0;
  for (let bar = 0; bar < bars; bar++) {
    const from = (bar / bars) * duration;
    const to = ((bar + 1) / bars) * duration;
    while (region < regions.length - 1 && (regions[region]?.end ?? 0) <= from) region++;
    const here = regions[region];
    const speaks = here && here.start < to && here.end > from;
    const loud = peaks?.between(bar / bars, (bar + 1) / bars) ?? null;
    const size = loud === null ? (speaks ? 0.25 : 0.03) : Math.max(0.03, loud);
    context.fillStyle = colourOf(speaks ? here.speaker : undefined);
    context.globalAlpha = loud === null ? 0.45 : 1;
    const high = size * HEIGHT_PIXELS;
    context.fillRect(bar * (BAR_PIXELS + BAR_GAP_PIXELS), (HEIGHT_PIXELS - high) / 2, BAR_PIXELS, high);
  }
  context.globalAlpha = 1;
  for (const { start, end, speaker } of regions) {
    const lane = lanes.get(speaker);
    if (lane === undefined) continue;
    const left = (start / duration) * width;
    const top =
      HEIGHT_PIXELS + LANES_GAP_PIXELS + Math.min(lane, MOST_LANES - 1) * (LANE_PIXELS + LANE_GAP_PIXELS);
    context.fillStyle = colourOf(speaker);
    context.fillRect(left, top, Math.max(1, ((end - start) / duration) * width), LANE_PIXELS);
  }
}

function lanesOf(regions: readonly Region[]): Map<Speaker | undefined, number> {
  const speakers = new Set(regions.flatMap(({ speaker }) => speaker ?? []));
  return new Map([...speakers].sort((a, b) => a.number - b.number).map((speaker, lane) => [speaker, lane]));
}

/** A canvas does not understand `light-dark()`, so the browser resolves the colour. */
function colourFor(canvas: HTMLCanvasElement, name: string): string {
  canvas.style.color = `var(${name})`;
  const { color } = getComputedStyle(canvas);
  canvas.style.color = "";
  return color;
}
