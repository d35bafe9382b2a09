import {
  type AudioCodec,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  FlacOutputFormat,
  type Input,
  Mp3OutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  type OutputFormat,
  StreamTarget,
  WavOutputFormat,
} from "mediabunny";
import { createObjectWriter } from "../../../shared/storage/object-writer.ts";
import type { Container } from "../media/container.ts";
import { withMedia } from "../media/open-media.ts";
import { toCannotCut } from "./cannot-cut.ts";

const WRITE_BYTES = 1024 * 1024;

/** In which container a codec's packets can be sent as they are; null: in none. */
export function containerFor(codec: string): Container | null {
  if (codec === "aac") return "m4a";
  if (codec === "opus" || codec === "vorbis") return "ogg";
  if (codec === "mp3" || codec === "flac") return codec;
  return codec.startsWith("pcm-") || codec === "ulaw" || codec === "alaw" ? "wav" : null;
}

function formatOf(container: Container): OutputFormat {
  switch (container) {
    case "m4a":
      return new Mp4OutputFormat({ fastStart: false }); // the index goes last: R2 cannot make room for it in front
    case "ogg":
      return new OggOutputFormat();
    case "mp3":
      return new Mp3OutputFormat();
    case "flac":
      return new FlacOutputFormat();
    case "wav":
      return new WavOutputFormat();
    default:
      throw new Error(`no audio is copied into ${container}`);
  }
}

/**
 * Packets from one time to another, by the track's own clock: that at `from` and all that start before `to`. Null: from
 * the first, to the last.
 */
export type Stretch = { from: number | null; to: number | null };

type Excerpt = {
  /** They follow one another in the copy. */
  stretches: Stretch[];
  /** Seconds of the first packets that only bring the decoder into its state: players are told to leave them out. */
  hidden: number;
};

/** Times come as floating point numbers and must find the packet that had them. */
const SLACK_SECONDS = 1e-5;
const OPUS_SAMPLE_RATE = 48_000;
const OPUS_PRE_SKIP_AT = 10;

/**
 * Copies a stored file's audio track, or an excerpt of it, packet by packet and without decoding, into an object of
 * its own.
 * @returns its size, and how many packets each stretch has
 * @throws CannotCut when the file is damaged
 */
export async function copyAudioTrack(
  bucket: R2Bucket,
  from: { key: string; bytes: number; container: Container },
  to: { key: string; container: Container; contentType: string },
  excerpt?: Excerpt,
): Promise<{ bytes: number; packets: number[] }> {
  return withMedia(bucket, from.key, from.bytes, (input) => copyTrack(input, bucket, from, to, excerpt));
}

async function copyTrack(
  input: Input,
  bucket: R2Bucket,
  from: { key: string; container: Container },
  to: { key: string; container: Container; contentType: string },
  excerpt: Excerpt | undefined,
): Promise<{ bytes: number; packets: number[] }> {
  const track = await input.getPrimaryAudioTrack();
  const codec: AudioCodec | null = (await track?.getCodec()) ?? null;
  if (!track || !codec) throw new Error(`${from.key} has no audio track to copy`);

  const { writable, finished } = createObjectWriter(bucket, to.key, to.contentType);
  const target = new StreamTarget(writable, { chunked: true, chunkSize: WRITE_BYTES });
  let storageFailed = false;
  finished.catch(() => {
    storageFailed = true;
  });
  const output = new Output({ format: formatOf(to.container), target });
  const source = new EncodedAudioPacketSource(codec);
  output.addAudioTrack(source);
  await output.start();
  try {
    const decoderConfig = await track.getDecoderConfig();
    const meta = decoderConfig
      ? { decoderConfig: excerpt ? hide(decoderConfig, excerpt.hidden) : decoderConfig }
      : {};
    const sink = new EncodedPacketSink(track);
    const add = (packet: EncodedPacket) => source.add(packet, meta);
    const packets = excerpt ? await copyExcerpt(sink, excerpt, add) : [await copyAll(sink, add)];
    await output.finalize();
    return { ...(await finished), packets };
  } catch (error) {
    const isStorage = storageFailed; // cancelling breaks the writing off as well
    await output.cancel();
    throw isStorage ? error : toCannotCut(error, from.container);
  }
}

/**
 * Time starts at the recording's own zero: packets before it are a codec's lead-in and stay. Those whose time lies
 * before that of the one in front are damaged, and left out.
 */
async function copyAll(
  sink: EncodedPacketSink,
  add: (packet: EncodedPacket) => Promise<void>,
): Promise<number> {
  let count = 0;
  let lastStart = Number.NEGATIVE_INFINITY;
  for await (const packet of sink.packets()) {
    if (packet.timestamp < lastStart) continue;
    lastStart = packet.timestamp;
    await add(packet);
    count++;
  }
  return count;
}

/** Time starts behind what is hidden, and goes on without gaps from stretch to stretch. */
async function copyExcerpt(
  sink: EncodedPacketSink,
  { stretches, hidden }: Excerpt,
  add: (packet: EncodedPacket) => Promise<void>,
): Promise<number[]> {
  const counts: number[] = [];
  let cursor = -hidden;
  for (const { from, to } of stretches) {
    const first =
      (from === null ? null : await sink.getPacket(from + SLACK_SECONDS)) ?? (await sink.getFirstPacket());
    let count = 0;
    let shift = 0;
    let end = cursor;
    let lastStart = cursor;
    for await (const packet of first ? sink.packets(first) : []) {
      if (to !== null && packet.timestamp >= to - SLACK_SECONDS) break;
      if (count === 0) shift = cursor - packet.timestamp;
      if (packet.timestamp + shift < lastStart - SLACK_SECONDS) continue;
      await add(packet.clone({ timestamp: packet.timestamp + shift }));
      // In Matroska the last packet of a cluster may not tell its duration.
      end = packet.timestamp + shift + (packet.duration || packet.timestamp + shift - lastStart);
      lastStart = packet.timestamp + shift;
      count++;
    }
    counts.push(count);
    cursor = end;
  }
  return counts;
}

/** MP4 hides packets by an edit list, which follows from times below zero; Opus by its header's pre-skip (RFC 7845 §4.2). */
function hide(config: AudioDecoderConfig, hidden: number): AudioDecoderConfig {
  if (config.codec !== "opus" || !config.description) return config;
  const description = copyBytes(config.description);
  new DataView(description.buffer).setUint16(OPUS_PRE_SKIP_AT, Math.round(hidden * OPUS_SAMPLE_RATE), true);
  return { ...config, description };
}

function copyBytes(source: NonNullable<AudioDecoderConfig["description"]>): Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}
