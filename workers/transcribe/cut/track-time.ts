import type { AudioCodec, EncodedPacket, EncodedPacketSink, InputAudioTrack } from "mediabunny";
import type { Container } from "../media/container.ts";
import { readTimeline } from "../media/timeline.ts";

const OPUS_SAMPLE_RATE = 48_000;
const OPUS_PRE_SKIP_AT = 10;
/** Matroska counts in milliseconds. */
const ROUNDING_SECONDS = 0.0011;

/** What a decoder makes of a track's own times. */
export type TrackTime = {
  /** The time at which the recording's own zero lies. */
  origin: number;
  /** Seconds from there to the first sample played: the sound of a video may start late. */
  soundStart: number;
  /** Seconds by which the track's own times run ahead of what is played. */
  ahead: number;
  /** Seconds at the start of the first packet that are not played. */
  hidden: number;
  /** Seconds of packets before a place that bring the decoder into its state. */
  priming: number;
  /** Whether players can be told to leave the priming out. Vorbis packets that prime give no sound anyway. */
  hidesPriming: boolean;
  /** When what a packet holds is played, in seconds from the start. */
  playedAt(packet: EncodedPacket): number;
};

export async function readTrackTime(
  track: InputAudioTrack,
  sink: EncodedPacketSink,
  container: Container,
): Promise<TrackTime> {
  const codec = await track.getCodec();
  const firstPacket = await sink.getFirstPacket({ metadataOnly: true });
  const first = firstPacket?.timestamp ?? 0;
  const { soundStart } = await readTimeline(track);
  const isMatroska = container === "webm" || container === "mkv";
  const snap = createSnap(codec, await track.getSampleRate());
  switch (codec) {
    case "opus": {
      const preSkip = readPreSkip(await track.getDecoderConfig());
      // In Ogg times are those of what is played; the first packet's, which begins before that, is cut to 0.
      const ahead = isMatroska || first > 0 ? preSkip : 0;
      const origin = Math.max(0, first) + ahead - soundStart;
      const playedAt = ({ timestamp }: EncodedPacket) =>
        (isMatroska ? first + snap(timestamp - first) : timestamp) - origin;
      const priming = 0.08; // RFC 7845 §4.2
      return { origin, soundStart, ahead, hidden: preSkip, priming, hidesPriming: true, playedAt };
    }
    case "vorbis": {
      // The first packet after a start plays nothing: sound comes from where two overlap (Vorbis I §4.3.8).
      const second = firstPacket && (await sink.getNextPacket(firstPacket, { metadataOnly: true }));
      const ahead = (second?.timestamp ?? first) - first;
      const origin = first + ahead - soundStart;
      const playedAt = ({ timestamp }: EncodedPacket) => timestamp - origin;
      return { origin, soundStart, ahead, hidden: 0, priming: 0.001, hidesPriming: false, playedAt };
    }
    default: {
      const origin = Math.max(0, first) - soundStart;
      const hidden = Math.max(0, -first);
      const hidesPriming = codec !== "mp3"; // of which MP4 hides the start, and a file of its frames cannot
      const priming = codec === "aac" ? 0.05 : 0; // two packets at usual rates, one at the lowest
      const playedAt = ({ timestamp }: EncodedPacket) =>
        (isMatroska ? first + snap(timestamp - first) : timestamp) - origin;
      return { origin, soundStart, ahead: 0, hidden, priming, hidesPriming, playedAt };
    }
  }
}

/**
 * The true time that was rounded to milliseconds: a multiple of what a packet plays. As it is where a recorder left
 * gaps, and for codecs whose packets differ.
 */
function createSnap(codec: AudioCodec | null, sampleRate: number): (seconds: number) => number {
  const step = stepOf(codec, sampleRate);
  return (seconds) => {
    const snapped = Math.round(seconds / step) * step;
    return Math.abs(snapped - seconds) <= ROUNDING_SECONDS ? snapped : seconds;
  };
}

function stepOf(codec: AudioCodec | null, sampleRate: number): number {
  if (codec === "opus") return 0.0025; // RFC 6716 §2.1.4
  if (codec === "aac") return 1024 / sampleRate;
  if (codec === "mp3") return (sampleRate < 32_000 ? 576 : 1152) / sampleRate;
  return Number.POSITIVE_INFINITY;
}

/** Seconds, from the OpusHead (RFC 7845 §5.1). */
function readPreSkip(config: AudioDecoderConfig | null): number {
  const source = config?.description;
  if (!source) return 0;
  const view = ArrayBuffer.isView(source)
    ? new DataView(source.buffer, source.byteOffset, source.byteLength)
    : new DataView(source);
  return view.byteLength < OPUS_PRE_SKIP_AT + 2
    ? 0
    : view.getUint16(OPUS_PRE_SKIP_AT, true) / OPUS_SAMPLE_RATE;
}
