// A file on disk as mono samples, never the whole recording in memory. What a file is, its first bytes say.

import { open } from "node:fs/promises";
import { isWav, readWavFacts, readWavSamples } from "./read-wav.ts";
import { UndecodableAudioError } from "./undecodable-audio-error.ts";

export { UndecodableAudioError };

export type DecodedAudio = {
  /** wav, mp3, mp4, mov, aac, ogg, webm, matroska or flac */
  container: string;
  codec: string;
  /** Of the chunks, in Hz; Opus always comes at 16 kHz. */
  sampleRate: number;
  /** In the file; the chunks are mono. */
  channels: number;
  /** Samples with full scale 1, to be read once. Leaving the loop early closes the file. */
  chunks: AsyncIterable<Float32Array>;
};

/**
 * Opens and identifies a recording. A file cut short gives what is there. Encoder delay, priming and pre-skip are
 * removed where the file tells of them.
 * @throws UndecodableAudioError here, or from `chunks` when the damage shows only there
 */
export async function decodeAudio(path: string): Promise<DecodedAudio> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(16);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    if (bytesRead === 0) throw new UndecodableAudioError("an empty file");
    if (!isWav(start)) {
      await file.close();
      // Imported late: WAV needs none of it, and it takes longer to load than a short WAV to read.
      const { decodeCompressed } = await import("./decode-compressed.ts");
      return await decodeCompressed(path, start.subarray(0, bytesRead));
    }
    const facts = await readWavFacts(file);
    const { codec, sampleRate, channels } = facts;
    return {
      container: "wav",
      codec,
      sampleRate,
      channels,
      chunks: closing(file, readWavSamples(file, facts)),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* closing(
  file: { close(): Promise<void> },
  chunks: AsyncIterable<Float32Array>,
): AsyncGenerator<Float32Array> {
  try {
    yield* chunks;
  } finally {
    await file.close();
  }
}
