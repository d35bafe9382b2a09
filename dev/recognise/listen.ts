// Decodes one file and listens to it, in the thread that calls. recognise.ts does the same without blocking.

import { decodeAudio } from "../decode-audio/index.ts";
import { createWordFinder, type HeardWord } from "../marker-speech/find-words.ts";
import { createVoiceActivity, type Interval } from "../marker-speech/voice-activity.ts";

/** Times in seconds from the first decoded sample. */
export type Recognition = {
  container: string;
  codec: string;
  /** From the decoded samples, not from what the container claims. */
  duration: number;
  /** What the words come from: markers, or the local engine. `activity`: there are none, only when somebody speaks. */
  heard: "markers" | "engine" | "activity";
  /** Where it is known. */
  language?: string;
  words: HeardWord[];
  /** When there is sound, be it markers or a voice. */
  speech: Interval[];
};

/** @throws UndecodableAudioError when the file holds no audio */
export async function listen(path: string): Promise<Recognition> {
  const audio = await decodeAudio(path);
  const finder = createWordFinder(audio.sampleRate);
  const activity = createVoiceActivity(audio.sampleRate);
  const words: HeardWord[] = [];
  const speech: Interval[] = [];
  let samples = 0;
  for await (const chunk of audio.chunks) {
    samples += chunk.length;
    words.push(...finder.push(chunk));
    speech.push(...activity.push(chunk));
  }
  words.push(...finder.end());
  speech.push(...activity.end());
  const { container, codec, sampleRate } = audio;
  const heard = words.length > 0 ? "markers" : "activity";
  return { container, codec, duration: samples / sampleRate, heard, words, speech };
}
