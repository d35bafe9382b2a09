/** The same recording in a file that is at least `bytes` long: a chunk is added that every reader skips. */
export function padWav(wav: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(wav.byteLength + 8 + bytes);
  padded.set(wav.subarray(0, 12));
  padded.set(new TextEncoder().encode("JUNK"), 12);
  padded.set(wav.subarray(12), 20 + bytes);
  const view = new DataView(padded.buffer);
  view.setUint32(4, padded.byteLength - 8, true);
  view.setUint32(16, bytes, true);
  return padded;
}
