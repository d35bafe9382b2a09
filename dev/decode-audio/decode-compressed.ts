// Everything but WAV: mediabunny says what the file is and takes mp4, webm and ogg apart; mp3, ADTS and flac go
// to their decoders as plain bytes, because mediabunny remembers every frame of those it has passed.

import { createReadStream } from "node:fs";
import {
  ADTS,
  EncodedPacketSink,
  FilePathSource,
  FLAC,
  Input,
  type InputAudioTrack,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WEBM,
} from "mediabunny";
import {
  createAac,
  createFlac,
  createMp3,
  createOpus,
  createPcm,
  createVorbis,
  type Decoded,
  type Decoder,
} from "./codecs.ts";
import type { DecodedAudio } from "./decoded-audio.ts";
import { keepFlacHeadersWhole } from "./keep-flac-headers-whole.ts";
import { readMp3Trim } from "./read-mp3-trim.ts";
import { UndecodableAudioError } from "./undecodable-audio-error.ts";

const FILE_BLOCK_BYTES = 1 << 16;
const PACKETS_AT_ONCE = 32;

const CONTAINER_NAMES: Readonly<Record<string, string>> = {
  MP4: "mp4",
  "QuickTime File Format": "mov",
  Matroska: "matroska",
  WebM: "webm",
  MP3: "mp3",
  Ogg: "ogg",
  FLAC: "flac",
  ADTS: "aac",
};

type Route = { decoder: Decoder; pieces: AsyncIterable<Uint8Array[]> };

/**
 * @param start the first bytes of the file, to describe it when nothing else can be said
 * @throws UndecodableAudioError
 */
export async function decodeCompressed(path: string, start: Uint8Array): Promise<DecodedAudio> {
  const input = new Input({
    formats: [MP4, QTFF, WEBM, MATROSKA, MP3, OGG, FLAC, ADTS],
    source: new FilePathSource(path),
  });
  try {
    const { container, codec, track } = await identify(input, start);
    const found = `${container} with ${codec}`;
    const route = await chooseRoute(path, container, codec, track);
    if (route === null) throw new UndecodableAudioError(found);
    const decoded = runDecoder(route, input);
    const first = await decoded.next().catch((error: unknown) => {
      throw error instanceof UndecodableAudioError
        ? error
        : new UndecodableAudioError(`${found}, damaged`, { cause: error });
    });
    if (first.done) throw new UndecodableAudioError(`${found}, without a single sample`);
    const channels = await track.getNumberOfChannels();
    return {
      container,
      codec,
      channels,
      sampleRate: first.value.sampleRate,
      chunks: resume(first.value, decoded),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

async function identify(input: Input, start: Uint8Array) {
  try {
    const container = CONTAINER_NAMES[(await input.getFormat()).name] ?? "unknown";
    const track = await input.getPrimaryAudioTrack();
    if (track === null) throw new UndecodableAudioError(`${container} without an audio track`);
    return { container, track, codec: (await track.getCodec()) ?? "an unknown codec" };
  } catch (error) {
    if (error instanceof UndecodableAudioError) throw error;
    throw new UndecodableAudioError(describeStart(start), { cause: error });
  }
}

async function chooseRoute(
  path: string,
  container: string,
  codec: string,
  track: InputAudioTrack,
): Promise<Route | null> {
  const config = await track.getDecoderConfig();
  const description = config?.description === undefined ? null : toBytes(config.description);
  const packets = () => readPackets(track);
  const isBare = container === codec || (container === "ogg" && codec !== "opus");
  switch (codec) {
    case "mp3": {
      const trim = isBare ? await readMp3Trim(path) : { skip: 0, total: null };
      return { decoder: await createMp3(trim), pieces: isBare ? readFile(path) : packets() };
    }
    case "flac":
      return {
        decoder: await createFlac(),
        pieces: isBare ? keepFlacHeadersWhole(readFile(path)) : startWith(description, packets()),
      };
    case "vorbis":
      return isBare ? { decoder: await createVorbis(), pieces: readFile(path) } : null;
    case "aac": {
      const priming = isBare ? 0 : Math.max(0, -(await track.getFirstTimestamp()));
      const decoder = await createAac(isBare ? null : description, priming);
      return { decoder, pieces: isBare ? readFile(path) : packets() };
    }
    case "opus":
      return description === null ? null : { decoder: await createOpus(description), pieces: packets() };
    default: {
      const decoder = createPcm(codec, await track.getSampleRate(), await track.getNumberOfChannels());
      return decoder === null ? null : { decoder, pieces: packets() };
    }
  }
}

/** What comes out before the file or the decoder gives up is kept: a file cut short gives what is there. */
async function* runDecoder({ decoder, pieces }: Route, input: Input): AsyncGenerator<Decoded, void> {
  let decodedAny = false;
  try {
    for await (const batch of pieces) {
      const decoded = decoder.decode(batch);
      if (decoded.samples.length === 0) continue;
      decodedAny = true;
      yield decoded;
    }
    const rest = decoder.flush();
    if (rest.samples.length > 0) yield rest;
  } catch (error) {
    if (!decodedAny) throw error;
  } finally {
    decoder.free();
    input.dispose();
  }
}

async function* resume(first: Decoded, rest: AsyncGenerator<Decoded, void>): AsyncGenerator<Float32Array> {
  try {
    yield first.samples;
    for await (const { samples } of rest) yield samples;
  } finally {
    await rest.return();
  }
}

async function* readPackets(track: InputAudioTrack): AsyncGenerator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  try {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      batch.push(packet.data);
      if (batch.length < PACKETS_AT_ONCE) continue;
      yield batch;
      batch = [];
    }
  } finally {
    if (batch.length > 0) yield batch;
  }
}

async function* readFile(path: string): AsyncGenerator<Uint8Array[]> {
  for await (const block of createReadStream(path, { highWaterMark: FILE_BLOCK_BYTES })) yield [block];
}

async function* startWith(
  first: Uint8Array | null,
  rest: AsyncIterable<Uint8Array[]>,
): AsyncGenerator<Uint8Array[]> {
  if (first !== null) yield [first];
  yield* rest;
}

function toBytes(source: ArrayBufferLike | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

function describeStart(start: Uint8Array): string {
  const text = Buffer.from(start).toString("latin1");
  if (/^\s*(<!doctype html|<html)/i.test(text)) return "a web page";
  if (/^\s*[{[]/.test(text)) return "JSON or text";
  if (text.startsWith("%PDF")) return "a PDF";
  if (text.startsWith("PK\x03\x04")) return "a zip archive";
  return `bytes that begin ${Buffer.from(start.subarray(0, 8)).toString("hex")}`;
}
