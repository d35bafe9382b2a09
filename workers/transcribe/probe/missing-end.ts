const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;

/**
 * How many bytes a Matroska or WebM file lacks by the size of its segment (RFC 8794 §4, RFC 9559 §5.1); 0 when nothing
 * is missing, when the file does not know, and for other files.
 * @param head the file's first bytes
 * @param fileBytes length of the whole file
 */
export function readMissingEnd(head: Uint8Array, fileBytes: number): number {
  if (readId(head, 0) !== EBML) return 0;
  const header = readSize(head, 4);
  if (header?.size == null) return 0;
  const at = 4 + header.length + header.size;
  if (readId(head, at) !== SEGMENT) return 0;
  const segment = readSize(head, at + 4);
  if (segment?.size == null) return 0;
  return Math.max(0, at + 4 + segment.length + segment.size - fileBytes);
}

function readId(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}

/** A number in one to eight bytes, how many the first one tells; all bits set: not known. */
function readSize(bytes: Uint8Array, at: number): { size: number | null; length: number } | null {
  const length = Math.clz32((bytes[at] ?? 0) << 24) + 1;
  if (length > 8 || at + length > bytes.length) return null;
  let size = (bytes[at] ?? 0) & (0xff >> length);
  let isUnknown = size === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    size = size * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { size: isUnknown ? null : size, length };
}
