import { flacHead, patchStreamInfo } from "../../../shared/flac/frame-header.ts";
import type { Container } from "../media/container.ts";
import { DECODER_DELAY } from "../media/frames/xing.ts";
import { fromHex } from "../media/hex.ts";
import { readBytes, readRangesOf } from "../media/range-reader.ts";
import { copyAudioTrack } from "./copy-audio-track.ts";
import { makeInfoFrame, makeLead } from "./mpeg-lead.ts";
import type { CutPlan, MpegPart, MpegPlan } from "./plan.ts";
import { type Piece, pieceBytes, putPieces } from "./put-pieces.ts";
import { wavHead } from "./wav-file.ts";

type PartFacts = {
  container: Container;
  contentType: string;
  bytes: number;
  /** Seconds. */
  duration: number;
};

const FRAME_START_BYTES = 64;

/** Makes the object of part `n`; safe to repeat. */
export async function writePart(
  bucket: R2Bucket,
  key: string,
  plan: CutPlan,
  n: number,
  targetKey: string,
): Promise<PartFacts> {
  const { target, contentType } = plan;
  const part = plan.parts[n];
  if (!part) throw new RangeError(`there is no part ${n} of ${plan.parts.length}`);
  const bytes =
    plan.kind === "track"
      ? await writeTrackPart(bucket, key, plan, n, targetKey)
      : await putPieces(bucket, key, targetKey, contentType, await piecesOf(bucket, key, plan, n));
  return { container: target, contentType, bytes, duration: part.end - part.start };
}

async function writeTrackPart(
  bucket: R2Bucket,
  key: string,
  plan: Extract<CutPlan, { kind: "track" }>,
  n: number,
  targetKey: string,
): Promise<number> {
  const part = plan.parts[n];
  if (!part) return 0;
  const { bytes } = await copyAudioTrack(
    bucket,
    { key, bytes: plan.bytes, container: plan.container },
    { key: targetKey, container: plan.target, contentType: plan.contentType },
    { stretches: [{ from: part.from, to: part.to }], hidden: part.hidden },
  );
  return bytes;
}

async function piecesOf(
  bucket: R2Bucket,
  key: string,
  plan: Exclude<CutPlan, { kind: "track" }>,
  n: number,
): Promise<Piece[]> {
  switch (plan.kind) {
    case "wav": {
      const ranges = plan.parts[n]?.ranges ?? [];
      const dataBytes = ranges.reduce((sum, range) => sum + pieceBytes(range), 0);
      const padding = new Uint8Array(dataBytes % 2); // chunks end on even bytes
      return [wavHead(plan, dataBytes), ...ranges, ...(padding.length > 0 ? [padding] : [])];
    }
    case "adts":
      return plan.parts[n]?.ranges ?? [];
    case "flac": {
      const part = plan.parts[n];
      const head = flacHead(patchStreamInfo(fromHex(plan.streamInfo), part?.samples ?? 0));
      return [head, ...(part?.ranges ?? [])];
    }
    case "mpeg": {
      const part = plan.parts[n];
      return part ? mpegPieces(bucket, key, plan, part) : [];
    }
  }
}

/** An Info frame tells the length, and which of the first samples only bring the decoder into its state. */
async function mpegPieces(bucket: R2Bucket, key: string, plan: MpegPlan, part: MpegPart): Promise<Piece[]> {
  const { ranges, before, primed } = part;
  const from = ranges[0]?.[0] ?? 0;
  if (plan.isPlain) return ranges;
  const read = readRangesOf(bucket, key);
  const start = await readBytes(read, from, Math.min(FRAME_START_BYTES, plan.bytes - from));
  const isLast = part.n === plan.parts.length - 1;
  const padding = isLast ? (plan.gapless?.padding ?? 0) : 0;
  const pieces: Piece[] = [...ranges];
  let frames = part.frames;
  let skipped = plan.gapless ? plan.gapless.delay + DECODER_DELAY : null;
  if (part.n > 0) {
    const lead = await makeLead(read, plan.bytes, before, from);
    pieces.unshift(lead.frame);
    frames++;
    skipped = lead.samples * (1 + primed);
  }
  const audioBytes = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
  return [makeInfoFrame(start, 0, { frames, audioBytes, skipped, padding }), ...pieces];
}
