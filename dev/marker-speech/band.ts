// Where marker speech lies in time and frequency. Encoder and decoder know each other only through this file.
// The band starts above what a voice needs to be understood and ends below what Opus, MP3 and AAC keep of a
// 16 kHz recording, so a voice can be laid under the markers and the codecs still carry them.

/** A recording at a lower rate has no room for the band. */
export const LOWEST_SAMPLE_RATE = 16_000;

/** One symbol: five tones sounding together. Long enough that codec smear stays inside its guard. */
export const SYMBOL_SECONDS = 0.022;

/** What the decoder listens to in the middle of a symbol: the rest is guard. */
export const WINDOW_SECONDS = 0.016;

/** Tones this far apart do not disturb each other in one window (1 / WINDOW_SECONDS). */
export const TONE_SPACING_HZ = 62.5;

/** LAME cuts a 16 kHz recording off at 7.2 kHz; the last tone lies just below. */
const FIRST_TONE_HZ = 4062.5;
const TONE_COUNT = 49;
const PILOT_EVERY = 6;

const tones = Array.from({ length: TONE_COUNT }, (_, index) => index);
const pilots = tones.filter((tone) => tone % PILOT_EVERY === 0);
const dataTones = tones.filter((tone) => tone % PILOT_EVERY !== 0);

/** Tones a word begins with, one chord a symbol. Data never uses them, so data is never taken for a start. */
export const START_CHORDS: readonly (readonly number[])[] = [everyThirdPilot(0), everyThirdPilot(1)];

/** Tones a word ends with. */
export const END_CHORD: readonly number[] = everyThirdPilot(2);

/** A data symbol sounds one tone of each group; the choice among eight is three bits. */
export const DATA_GROUPS: readonly (readonly number[])[] = Array.from(
  { length: dataTones.length / 8 },
  (_, group) => dataTones.slice(group * 8, group * 8 + 8),
);

export const BITS_PER_TONE = 3;
export const BITS_PER_SYMBOL = DATA_GROUPS.length * BITS_PER_TONE;

/** The numbers of all tones, 0 being the lowest. */
export const TONES: readonly number[] = tones;

export function toneHz(tone: number): number {
  return FIRST_TONE_HZ + tone * TONE_SPACING_HZ;
}

function everyThirdPilot(first: number): number[] {
  return pilots.filter((_, index) => index % 3 === first);
}
