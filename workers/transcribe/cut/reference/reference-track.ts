import { EncodedPacketSink, type InputAudioTrack } from "mediabunny";
import { readStreamInfo } from "../../../../shared/flac/frame-header.ts";
import type { Container } from "../../media/container.ts";
import { walkMpeg } from "../../media/mpeg-stream.ts";
import { withMedia } from "../../media/open-media.ts";
import { readRangesOf } from "../../media/range-reader.ts";
import { toCannotCut } from "../cannot-cut.ts";
import { copyAudioTrack } from "../copy-audio-track.ts";
import type { TrackPlan } from "../plan.ts";
import { placeOf, type TimeRange } from "../time-range.ts";
import { findTrackStretch, readDescription, readJoint, type TrackStretch } from "../track-stretch.ts";
import { readTrackTime, type TrackTime } from "../track-time.ts";
import { openWav } from "../wav-file.ts";
import { writeFlacFrames } from "../write-flac-frames.ts";

const METADATA_ONLY = { metadataOnly: true };
/** "fLaC" and a block header stand before it. */
const FLAC_STREAM_INFO_AT = 8;

type Written = { bytes: number; duration: number; places: TimeRange[] };

/** Copies the packets of each range one after another, and reads from the finished file where they came to lie. */
export async function writeTrackReference(
  bucket: R2Bucket,
  key: string,
  plan: TrackPlan,
  wanted: TimeRange[],
  targetKey: string,
): Promise<Written> {
  if (plan.codec === "flac") return writeFlacTrackReference(bucket, key, plan, wanted, targetKey);
  const stretches = await withTrack(bucket, key, plan.bytes, plan.container, async (sink, time, track) => {
    const joint = await readJoint(track);
    const found: TrackStretch[] = [];
    for (const range of wanted) found.push(await findTrackStretch(sink, time, range, joint));
    return found;
  });
  const { bytes, packets } = await copyAudioTrack(
    bucket,
    { key, bytes: plan.bytes, container: plan.container },
    { key: targetKey, container: plan.target, contentType: plan.contentType },
    { stretches, hidden: 0 },
  );
  const times = await timesOf(bucket, targetKey, bytes, plan.target, stretches);
  let before = 0;
  const places = stretches.map(({ wanted: range, leading, playedAt }, i) => {
    const at = times[before + leading] ?? 0;
    before += packets[i] ?? 0;
    return placeOf(range, { start: playedAt, end: playedAt + (times[before] ?? at) - at }, at);
  });
  return { bytes, places, duration: times.at(-1) ?? 0 };
}

/** When each packet of the reference audio plays, and when the last one ends. */
async function timesOf(
  bucket: R2Bucket,
  key: string,
  bytes: number,
  container: Container,
  stretches: TrackStretch[],
): Promise<number[]> {
  switch (container) {
    case "wav":
      return wavTimes(bucket, key, bytes, stretches);
    case "mp3":
      return mpegTimes(bucket, key, bytes);
    default:
      return withTrack(bucket, key, bytes, container, packetTimes);
  }
}

async function mpegTimes(bucket: R2Bucket, key: string, bytes: number): Promise<number[]> {
  const times: number[] = [];
  const { duration } = await walkMpeg(readRangesOf(bucket, key), bytes, ({ start }) => {
    times.push(start);
  });
  return [...times, duration];
}

async function packetTimes(sink: EncodedPacketSink, time: TrackTime): Promise<number[]> {
  const times: number[] = [];
  let end = 0;
  for await (const packet of sink.packets(undefined, undefined, METADATA_ONLY)) {
    times.push(time.playedAt(packet));
    end = time.playedAt(packet) + packet.duration;
  }
  return [...times, end];
}

/** WAV has no packets; their bytes tell. */
async function wavTimes(
  bucket: R2Bucket,
  key: string,
  bytes: number,
  stretches: TrackStretch[],
): Promise<number[]> {
  const { sampleRate, blockBytes } = await openWav(readRangesOf(bucket, key), bytes);
  let before = 0;
  const times = stretches
    .flatMap(({ sizes }) => sizes)
    .map((size) => {
      before += size;
      return before / blockBytes / sampleRate;
    });
  return [0, ...times];
}

/** The frames carry numbers, which other muxers leave as they are. */
async function writeFlacTrackReference(
  bucket: R2Bucket,
  key: string,
  plan: TrackPlan,
  wanted: TimeRange[],
  targetKey: string,
): Promise<Written> {
  return withTrack(bucket, key, plan.bytes, plan.container, async (sink, time, track) => {
    const streamInfo = (await readDescription(track)).subarray(FLAC_STREAM_INFO_AT);
    const info = readStreamInfo(streamInfo);
    if (!info) throw new Error(`${key} has no FLAC STREAMINFO`);
    const target = { key: targetKey, contentType: plan.contentType };
    return writeFlacFrames(bucket, target, { info, streamInfo }, wanted, async function* (range) {
      const first = await sink.getPacket(time.origin + range.start);
      for await (const packet of sink.packets(first ?? undefined)) {
        if (time.playedAt(packet) >= range.end) break;
        yield { bytes: packet.data, start: time.playedAt(packet) };
      }
    });
  });
}

async function withTrack<T>(
  bucket: R2Bucket,
  key: string,
  bytes: number,
  container: Container,
  use: (sink: EncodedPacketSink, time: TrackTime, track: InputAudioTrack) => Promise<T>,
): Promise<T> {
  return withMedia(bucket, key, bytes, async (input) => {
    const track = await input.getPrimaryAudioTrack();
    if (!track) throw new Error(`${key} has no audio track`);
    const sink = new EncodedPacketSink(track);
    try {
      return await use(sink, await readTrackTime(track, sink, container), track);
    } catch (error) {
      throw toCannotCut(error, container);
    }
  });
}
