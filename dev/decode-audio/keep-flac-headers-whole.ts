// Works around @audio/decode-flac 1.3.5: a frame header split between two pieces is overlooked, the decoder falls
// one frame behind for good, and those frames are missing at the end (63 in 10 hours, or 4.5 s).

/** Longer than any frame header (RFC 9639 §9.1: at most 16 bytes). */
const HEADER_BYTES = 20;

/** The same bytes in pieces that never end within what may be a frame header. */
export async function* keepFlacHeadersWhole(
  pieces: AsyncIterable<Uint8Array[]>,
): AsyncGenerator<Uint8Array[]> {
  let held: Uint8Array = new Uint8Array();
  for await (const batch of pieces) {
    const bytes = Buffer.concat([held, ...batch]);
    const cut = findHeaderNearEnd(bytes);
    held = bytes.subarray(cut);
    if (cut > 0) yield [new Uint8Array(bytes.subarray(0, cut))];
  }
  if (held.length > 0) yield [new Uint8Array(held)];
}

function findHeaderNearEnd(bytes: Uint8Array): number {
  for (let i = Math.max(0, bytes.length - HEADER_BYTES); i < bytes.length; i++) {
    const isSync = bytes[i] === 0xff && (i + 1 === bytes.length || ((bytes[i + 1] ?? 0) & 0xfe) === 0xf8);
    if (isSync) return i;
  }
  return bytes.length;
}
