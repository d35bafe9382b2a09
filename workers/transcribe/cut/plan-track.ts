import { type EncodedPacket, EncodedPacketSink, type Input } from "mediabunny";
import type { Container } from "../media/container.ts";
import { withMedia } from "../media/open-media.ts";
import { toCannotCut } from "./cannot-cut.ts";
import { type CutLimits, roundTime, type TrackPart, type TrackPlan } from "./plan.ts";
import { createLoudness, quietestPlace, reachFor, spread } from "./quiet.ts";
import { seamsOf } from "./seams.ts";
import { readTrackTime, type TrackTime } from "./track-time.ts";

const METADATA_ONLY = { metadataOnly: true };
/** Around what is looked at for a seam, so that the packets of the cut are among it. */
const MARGIN_SECONDS = 1;

type TrackFacts = { bytes: number; container: Container; codec: string; duration: number };
type TrackCuts = Pick<TrackPlan, "duration" | "parts" | "origin">;
/** A packet, and when it plays. */
type Played = { packet: EncodedPacket; at: number };
type Head = Pick<TrackPart, "start" | "from" | "hidden">;
type Tail = Pick<TrackPart, "end" | "to">;

/**
 * Cuts between packets of a track that mediabunny reads; of Opus where packets are small, as silence is.
 * @throws CannotCut when the file is damaged
 */
export async function planTrack(
  bucket: R2Bucket,
  key: string,
  facts: TrackFacts,
  limits: CutLimits,
): Promise<TrackCuts> {
  try {
    return await withMedia(bucket, key, facts.bytes, (input) => findCuts(input, key, facts, limits));
  } catch (error) {
    throw toCannotCut(error, facts.container);
  }
}

async function findCuts(
  input: Input,
  key: string,
  facts: TrackFacts,
  { partSeconds, overlapSeconds }: CutLimits,
): Promise<TrackCuts> {
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw new Error(`${key} has no audio track`);
  const sink = new EncodedPacketSink(track);
  const time = await readTrackTime(track, sink, facts.container);
  const duration = facts.duration - time.ahead;
  const reach = facts.codec === "opus" ? reachFor(partSeconds, overlapSeconds) : 0;
  const margin = reach + overlapSeconds / 2 + time.priming + MARGIN_SECONDS;

  const heads: Head[] = [await findStart(sink, time)];
  const tails: Tail[] = [];
  for (const wanted of seamsOf(duration, partSeconds)) {
    if (wanted - time.soundStart < partSeconds / 2) continue; // hardly anything to hear before it
    // All from one search: in Ogg each one costs a dozen reads.
    const packets = await listPackets(sink, time, wanted - margin, wanted + margin);
    const seam = reach > 0 ? quietestSeam(packets, wanted, reach) : wanted;
    heads.push(findHead(packets, time, seam - overlapSeconds / 2));
    const tail = packets.find(({ at }) => at >= seam + overlapSeconds / 2);
    tails.push({ end: tail?.at ?? duration, to: tail?.packet.timestamp ?? null });
  }
  tails.push({ end: duration, to: null });
  const parts = heads.map((head, n) => {
    const { end, to } = tails[n] ?? { end: duration, to: null };
    return { n, ...head, to, start: roundTime(head.start), end: roundTime(end) };
  });
  return { duration, parts, origin: time.origin };
}

async function listPackets(
  sink: EncodedPacketSink,
  time: TrackTime,
  start: number,
  end: number,
): Promise<Played[]> {
  const first = await sink.getPacket(time.origin + start, METADATA_ONLY);
  const packets: Played[] = [];
  for await (const packet of sink.packets(first ?? undefined, undefined, METADATA_ONLY)) {
    const at = time.playedAt(packet);
    packets.push({ packet, at });
    if (at > end) break;
  }
  return packets;
}

/** Where the first part starts. What cannot be hidden from the player is left out. */
async function findStart(sink: EncodedPacketSink, time: TrackTime): Promise<Head> {
  const { soundStart, hidden, hidesPriming, origin } = time;
  if (hidden === 0 || hidesPriming) return { start: soundStart, from: null, hidden };
  const packets = await listPackets(sink, time, soundStart - hidden, soundStart + MARGIN_SECONDS);
  const first = packets.find(({ at }) => at >= soundStart);
  return { start: first?.at ?? soundStart, from: first?.packet.timestamp ?? origin, hidden: 0 };
}

/** Where a part starts whose sound begins at or shortly before `start`. */
function findHead(packets: Played[], time: TrackTime, start: number): Head {
  const heard = packets.findLast(({ at }) => at <= start) ?? packets[0];
  if (!heard) throw new Error("the track has no packets where it should go on");
  const first = packets.findLast(({ at }) => at <= heard.at - time.priming) ?? heard;
  return {
    start: heard.at,
    from: first.packet.timestamp,
    hidden: time.hidesPriming ? heard.at - first.at : 0,
  };
}

function quietestSeam(packets: Played[], wanted: number, reach: number): number {
  const loudness = createLoudness(wanted - reach, wanted + reach);
  packets.forEach(({ packet, at }, i) => {
    const next = packets[i + 1];
    if (next && next.at > at) spread(loudness, packet.byteLength, at, next.at);
  });
  return quietestPlace(loudness, wanted);
}
