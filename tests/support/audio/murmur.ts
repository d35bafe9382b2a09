import { makeWav } from "./wav.ts";

/** Sound where somebody might speak and no marker words: three stretches of two seconds in ten. */
export function murmur(): Buffer<ArrayBuffer> {
  const wav = makeWav(10);
  const dataStart = wav.length - 80_000;
  for (const second of [1, 4, 7]) {
    for (let n = second * 8_000; n < (second + 2) * 8_000; n++) {
      wav[dataStart + n] = 128 + Math.round(60 * Math.sin(n * n * 0.37));
    }
  }
  return wav;
}
