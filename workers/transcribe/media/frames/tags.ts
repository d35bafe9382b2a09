/** Tags that stand before, between and after the frames of MP3 and ADTS files. */

const ID3_HEADER_BYTES = 10;
export const ID3V1_BYTES = 128;
const APE_HEADER_BYTES = 32;
const APE_HAS_HEADER = 0x80000000;

/**
 * Length of the tag that starts at `at`, 0 where there is none: ID3v2 (id3.org, id3v2.4.0-structure §3.1: its size in
 * four bytes of seven bits), APEv2, or the ID3v1 tag that a file ends with.
 */
export function tagBytes(bytes: Uint8Array, at: number): number {
  if (starts(bytes, at, "ID3")) return id3Bytes(bytes, at);
  if (starts(bytes, at, "TAG") && bytes.length - at === ID3V1_BYTES) return ID3V1_BYTES;
  if (starts(bytes, at, "APETAGEX") && at + APE_HEADER_BYTES <= bytes.length) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, APE_HEADER_BYTES);
    const isHeader = (view.getUint32(20, true) & 0x20000000) !== 0;
    const hasHeader = (view.getUint32(20, true) & APE_HAS_HEADER) !== 0;
    // The size counts the items and the footer, not the header.
    return isHeader || hasHeader ? APE_HEADER_BYTES + view.getUint32(12, true) : APE_HEADER_BYTES;
  }
  return 0;
}

function id3Bytes(bytes: Uint8Array, at: number): number {
  if (at + ID3_HEADER_BYTES > bytes.length || bytes[at + 3] === 0xff) return 0;
  let size = 0;
  for (let i = 6; i < ID3_HEADER_BYTES; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte > 0x7f) return 0;
    size = size * 128 + byte;
  }
  const hasFooter = ((bytes[at + 5] ?? 0) & 0x10) !== 0;
  return ID3_HEADER_BYTES + size + (hasFooter ? ID3_HEADER_BYTES : 0);
}

function starts(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
