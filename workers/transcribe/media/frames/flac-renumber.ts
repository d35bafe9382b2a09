import { crc8, crc16 } from "../../../../shared/flac/crc.ts";
import type { StreamInfo } from "../../../../shared/flac/frame-header.ts";
import { readFlacHeader } from "../../../../shared/flac/frame-header.ts";

const SYNC_BYTES = 4;
const CRC16_BYTES = 2;

/**
 * A frame with another number and the checksums that follow from it; null when the frame was damaged.
 * @param frame all of it and nothing more
 */
export function renumberFlac(frame: Uint8Array, number: number, info: StreamInfo): Uint8Array | null {
  const header = readFlacHeader(frame, 0, info);
  if (!header || frame.length < header.headerBytes + CRC16_BYTES) return null;
  const end = frame.length - CRC16_BYTES;
  const checksum = ((frame[end] ?? 0) << 8) | (frame[end + 1] ?? 0);
  if (crc16(frame, 0, end) !== checksum) return null;

  const coded = codeNumber(number);
  const rest = frame.subarray(SYNC_BYTES + codedBytes(frame[SYNC_BYTES] ?? 0), header.headerBytes - 1);
  const body = frame.subarray(header.headerBytes, end);
  const made = new Uint8Array(SYNC_BYTES + coded.length + rest.length + 1 + body.length + CRC16_BYTES);
  made.set(frame.subarray(0, SYNC_BYTES));
  made.set(coded, SYNC_BYTES);
  made.set(rest, SYNC_BYTES + coded.length);
  const crcAt = SYNC_BYTES + coded.length + rest.length;
  made[crcAt] = crc8(made, 0, crcAt);
  made.set(body, crcAt + 1);
  const crc = crc16(made, 0, made.length - CRC16_BYTES);
  made[made.length - 2] = crc >> 8;
  made[made.length - 1] = crc & 0xff;
  return made;
}

/** Up to 36 bits, the way UTF-8 codes characters (RFC 9639 §9.1.5). */
export function codeNumber(number: number): Uint8Array {
  if (number < 0x80) return Uint8Array.of(number);
  let length = 2;
  while (number >= 2 ** (5 * length + 1)) length++;
  const bytes = new Uint8Array(length);
  let left = number;
  for (let i = length - 1; i > 0; i--) {
    bytes[i] = 0x80 | (left % 64);
    left = Math.floor(left / 64);
  }
  bytes[0] = ((0xff00 >> length) & 0xff) | left;
  return bytes;
}

function codedBytes(first: number): number {
  return first < 0x80 ? 1 : Math.clz32(~(first << 24));
}
