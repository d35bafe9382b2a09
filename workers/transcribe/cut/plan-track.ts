import { type EncodedPacket, EncodedPacketSink } from "mediabunny";
import { type Container, openMedia } from "../probe/media-facts.ts";
import { type CutLimits, roundTime, type TrackPart, type TrackPlan } from "./plan.ts";
import { createLoudness, quietestPlace, reachFor, spread } from "./quiet.ts";
import { seamsOf, spansOf } from "./seams.ts";
import { readTrackTime, type TrackTime } from "./track-time.ts";

const METADATA_ONLY = { metadataOnly: true };

/** Cuts between packets of a track that mediabunny reads; of Opus where packets are small, as silence is. */
export async function planTrack(
  bucket: R2Bucket,
  key: string,
  facts: { bytes: number; container: Container; codec: string; duration: number },
  { partSeconds, overlapSeconds }: CutLimits,
): Promise<Pick<TrackPlan, "duration" | "parts" | "origin">> {
  using input = openMedia(bucket, key, facts.bytes);
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw new Error(`${key} has no audio track`);
  const sink = new EncodedPacketSink(track);
  const time = await readTrackTime(track, sink, facts.container);
  const duration = facts.duration - time.origin;
  const reach = facts.codec === "opus" ? reachFor(partSeconds, overlapSeconds) : 0;

  const seams: number[] = [];
  for (const wanted of seamsOf(duration, partSeconds)) {
    seams.push(reach > 0 ? await quietestSeam(sink, time, wanted, reach) : wanted);
  }
  const parts: TrackPart[] = [];
  for (const [n, span] of spansOf(seams, duration, overlapSeconds).entries()) {
    const head =
      n === 0 ? { start: 0, from: null, hidden: time.hidden } : await findHead(sink, time, span.start);
    const tail = n === seams.length ? null : await packetAfter(sink, span.end + time.origin);
    const end = tail ? time.playedAt(tail) : duration;
    parts.push({
      n,
      start: roundTime(head.start),
      end: roundTime(end),
      from: head.from,
      to: tail?.timestamp ?? null,
      hidden: head.hidden,
    });
  }
  return { duration, parts, origin: time.origin };
}

/** Where a part starts whose sound begins at or shortly before `start`. */
async function findHead(sink: EncodedPacketSink, time: TrackTime, start: number) {
  const packet = await packetAt(sink, time.origin + start);
  if (time.priming > 0) {
    const first = await packetAt(sink, packet.timestamp - time.priming);
    return {
      start: time.playedAt(packet),
      from: first.timestamp,
      hidden: time.hidesPriming ? time.playedAt(packet) - time.playedAt(first) : 0,
    };
  }
  return { start: time.playedAt(packet), from: packet.timestamp, hidden: 0 };
}

async function packetAt(sink: EncodedPacketSink, timestamp: number): Promise<EncodedPacket> {
  const packet =
    (await sink.getPacket(timestamp, METADATA_ONLY)) ?? (await sink.getFirstPacket(METADATA_ONLY));
  if (!packet) throw new Error("the track has no packets");
  return packet;
}

/** Null behind the last one. */
async function packetAfter(sink: EncodedPacketSink, timestamp: number): Promise<EncodedPacket | null> {
  return sink.getNextPacket(await packetAt(sink, timestamp), METADATA_ONLY);
}

async function quietestSeam(
  sink: EncodedPacketSink,
  time: TrackTime,
  wanted: number,
  reach: number,
): Promise<number> {
  const loudness = createLoudness(wanted - reach, wanted + reach);
  const first = await packetAt(sink, time.origin + wanted - reach);
  let before: EncodedPacket | null = null;
  for await (const packet of sink.packets(first, undefined, METADATA_ONLY)) {
    const start = time.playedAt(packet);
    if (before) spread(loudness, before.byteLength, time.playedAt(before), start);
    if (start > wanted + reach) break;
    before = packet;
  }
  return quietestPlace(loudness, wanted);
}
