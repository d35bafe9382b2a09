import type { EncodedPacket, EncodedPacketSink, InputAudioTrack } from "mediabunny";
import type { Stretch } from "./copy-audio-track.ts";
import type { TimeRange } from "./time-range.ts";
import type { TrackTime } from "./track-time.ts";

const METADATA_ONLY = { metadataOnly: true };
/** Packets on both sides of a range, among which its stretch may start and end. */
const MARGIN_SECONDS = 1;
/** Vorbis times in Matroska are rounded to milliseconds. */
const ROUNDING_SECONDS = 0.0015;

export type TrackStretch = Stretch & {
  wanted: TimeRange;
  /** Bytes of each packet. */
  sizes: number[];
  /** How many packets come before the one with which the range begins. */
  leading: number;
  /** When that one plays in the recording, in seconds. */
  playedAt: number;
};

/** @param joint from `readJoint` */
export async function findTrackStretch(
  sink: EncodedPacketSink,
  time: TrackTime,
  wanted: TimeRange,
  joint: number | null,
): Promise<TrackStretch> {
  const packets = await listPackets(sink, time, wanted);
  const isJoint = ({ duration }: EncodedPacket) =>
    joint === null || Math.abs(duration - joint) < ROUNDING_SECONDS;
  const plays = packets.map((packet) => time.playedAt(packet));
  const at = Math.max(
    0,
    plays.findLastIndex((seconds) => seconds <= wanted.start),
  );
  const primedFrom = (plays[at] ?? 0) - time.priming;
  const isBefore = (i: number) => i <= at && (plays[i] ?? 0) <= primedFrom;
  const isBehind = (i: number) => i > at && (plays[i] ?? 0) >= wanted.end;
  const first = Math.max(
    0,
    packets.findLastIndex((packet, i) => isBefore(i) && isJoint(packet)),
  );
  const joined = packets.findIndex((packet, i) => isBehind(i) && isJoint(packet));
  const last = joined === -1 ? packets.findIndex((_, i) => isBehind(i)) : joined;
  return {
    wanted,
    from: packets[first]?.timestamp ?? null,
    to: packets[last]?.timestamp ?? null,
    sizes: packets.slice(first, last === -1 ? undefined : last).map(({ byteLength }) => byteLength),
    leading: at - first,
    playedAt: plays[at] ?? 0,
  };
}

async function listPackets(
  sink: EncodedPacketSink,
  time: TrackTime,
  { start, end }: TimeRange,
): Promise<EncodedPacket[]> {
  const from = await sink.getPacket(time.origin + start - MARGIN_SECONDS, METADATA_ONLY);
  const packets: EncodedPacket[] = [];
  for await (const packet of sink.packets(from ?? undefined, undefined, METADATA_ONLY)) {
    packets.push(packet);
    if (time.playedAt(packet) > end + MARGIN_SECONDS) break;
  }
  return packets;
}

/**
 * How long a Vorbis packet plays that stands among others of the long kind, in seconds; null for other codecs. What two
 * packets play together depends on the kinds of both (Vorbis I §1.3.2), so stretches are joined where all are long.
 */
export async function readJoint(track: InputAudioTrack): Promise<number | null> {
  if ((await track.getCodec()) !== "vorbis") return null;
  const bytes = await readDescription(track);
  // Xiph lacing: a count, two lengths below 255 in one byte or more, then the identification header (§4.2.2).
  let at = 1;
  for (let lengths = 0; lengths < 2; lengths++) while ((bytes[at++] ?? 0) === 255);
  const longBlock = 1 << ((bytes[at + 28] ?? 0) >> 4);
  return longBlock / 2 / (await track.getSampleRate());
}

/** What the decoder is told before the first packet. */
export async function readDescription(track: InputAudioTrack): Promise<Uint8Array> {
  const description = (await track.getDecoderConfig())?.description ?? new Uint8Array();
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
}
