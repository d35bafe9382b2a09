import type { Container } from "../media/container.ts";
import type { ByteRange } from "../media/range-reader.ts";

/** How a recording is to be cut. Plain JSON, made once and kept with the job. */
export type CutPlan = WavPlan | MpegPlan | AdtsPlan | FlacPlan | TrackPlan;

type Plan<Kind extends string, Part extends PartTimes> = {
  version: 1;
  kind: Kind;
  /** Of the recording. */
  container: Container;
  codec: string;
  bytes: number;
  /** Seconds, as a decoder plays the recording. */
  duration: number;
  /** What the parts are. */
  target: Container;
  contentType: string;
  parts: Part[];
};

type PartTimes = {
  /** Counts from 0. */
  n: number;
  /** Where the first sample that a decoder gives of this part lies in the recording, in seconds. */
  start: number;
  /** Where it ends in the recording. */
  end: number;
};

/** `ranges`: bytes of the recording which follow one another in the part. */
export type BytePart = PartTimes & { ranges: ByteRange[] };

/** Where a frame lies: seconds from the recording's start, and byte offset. Ascending, about a minute apart. */
export type Mark = [seconds: number, offset: number];

export type WavPlan = Plan<"wav", BytePart> & {
  /** The body of the "fmt " chunk in hex. */
  format: string;
  sampleRate: number;
  /** Bytes of a sample of all channels. */
  blockBytes: number;
  /** The samples of the whole recording. */
  data: ByteRange;
};

export type MpegPlan = Plan<"mpeg", MpegPart> & {
  /** What the recording's Info frame tells decoders to leave out, in samples. */
  gapless: { delay: number; padding: number } | null;
  /** Layer I or II, or free format: parts are plain pieces without an Info frame. */
  isPlain: boolean;
  marks: Mark[];
};

export type MpegPart = BytePart & {
  /** Where a frame starts from which on the bit reservoir is full at the part's first frame. */
  before: number;
  /** Frames at the part's start that bring the decoder into its state and are not to be heard. */
  primed: number;
  /** In the ranges, the primed ones included. */
  frames: number;
};

export type AdtsPlan = Plan<"adts", BytePart> & { marks: Mark[] };

export type FlacPlan = Plan<"flac", FlacPart> & {
  /** The body of the STREAMINFO block in hex. */
  streamInfo: string;
  sampleRate: number;
  /** The frames of the whole recording. */
  frames: ByteRange;
  /** Empty when frame numbers grow over the whole recording, so that a place can be found by them. */
  marks: Mark[];
};

export type FlacPart = BytePart & { samples: number };

/** A track in a container that mediabunny reads. */
export type TrackPlan = Plan<"track", TrackPart> & {
  /** The track's own time at which the recording's zero lies, in seconds. */
  origin: number;
};

export type TrackPart = PartTimes & {
  /** Of the packets, in the track's own time: that at `from` and all that start before `to`. Null: from first to last. */
  from: number | null;
  to: number | null;
  /** Seconds of the first packets that are not to be heard. */
  hidden: number;
};

export type CutLimits = {
  /** How long a part is, seam to seam. */
  partSeconds: number;
  /** How much two parts have in common at least. */
  overlapSeconds: number;
  /** Parts are made shorter where they would be larger than this. */
  maxPartBytes?: number;
};

/** Microseconds are finer than any sample, and their digits are worth their place in the JSON. */
export function roundTime(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
