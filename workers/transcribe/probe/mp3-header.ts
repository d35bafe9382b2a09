const ID3_HEADER_BYTES = 10;
const HAS_FRAMES = 1;
const HAS_BYTES = 2;

/** Enough of the first frame for its promise. */
export const PROMISE_BYTES = 64;

/**
 * How many bytes of MP3 an encoder's Xing or Info frame promises, itself included; null when the bytes do not start
 * with such a frame. Its place in the frame follows the side information, whose size depends on version and
 * channels (ISO 11172-3, 13818-3).
 */
export function readPromisedBytes(frame: Uint8Array): number | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.byteLength < 4 || (view.getUint16(0) & 0xffe0) !== 0xffe0) return null;
  const isMpeg1 = (view.getUint8(1) & 0x18) === 0x18;
  const isMono = (view.getUint8(3) & 0xc0) === 0xc0;
  const at = 4 + (isMpeg1 ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  if (at + 16 > frame.byteLength) return null;
  const tag = String.fromCharCode(...frame.subarray(at, at + 4));
  if (tag !== "Xing" && tag !== "Info") return null;
  const flags = view.getUint32(at + 4);
  if (!(flags & HAS_BYTES)) return null;
  return view.getUint32(at + 8 + (flags & HAS_FRAMES ? 4 : 0));
}

/** Length of the ID3v2 tag that the file starts with, 0 for none; its size is written in four bytes of seven bits. */
export function id3Bytes(head: Uint8Array): number {
  if (head.byteLength < ID3_HEADER_BYTES || String.fromCharCode(...head.subarray(0, 3)) !== "ID3") return 0;
  const size = head.subarray(6, ID3_HEADER_BYTES).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
  return ID3_HEADER_BYTES + size;
}
