// A file on disk as mono samples, never the whole recording in memory. What a file is, its first bytes say.

import { open } from "node:fs/promises";
import type { DecodedAudio } from "./decoded-audio.ts";
import { isWav, readWavFacts, readWavSamples } from "./read-wav.ts";
import { UndecodableAudioError } from "./undecodable-audio-error.ts";

export { UndecodableAudioError };

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
