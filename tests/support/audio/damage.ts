import { createCipheriv } from "node:crypto";
import { type Bytes, join } from "./bytes.ts";
import { id3, syncSafe } from "./synthetic-frames.ts";

/** Ways in which recordings are damaged. None changes what it is given. */

export function cutTo(bytes: Bytes, share: number): Bytes {
  return bytes.slice(0, Math.floor(bytes.length * share));
}

/** Every `every`-th byte inverted, from one share of the file to another. */
export function flip(bytes: Bytes, every: number, from: number, to: number): Bytes {
  const flipped = bytes.slice();
  for (let at = Math.floor(bytes.length * from); at < bytes.length * to; at += every) {
    flipped[at] = 255 - (flipped[at] ?? 0);
  }
  return flipped;
}

/** With other bytes in its middle. */
export function insert(bytes: Bytes, other: Uint8Array): Bytes {
  const middle = Math.floor(bytes.length / 2);
  return join(bytes.subarray(0, middle), other, bytes.subarray(middle));
}

/** As if a disk had been encrypted. */
export function encrypt(bytes: Bytes): Bytes {
  const cipher = createCipheriv("aes-256-ctr", Buffer.alloc(32, 7), Buffer.alloc(16, 9));
  return join(cipher.update(bytes), cipher.final());
}

/** Bytes that look like nothing, the same at every run. */
export function junk(length: number): Bytes {
  return encrypt(new Uint8Array(length));
}

/** An ID3v2.4 tag of `length` bytes with a picture that no reader can show. */
export function pictureTag(length: number): Bytes {
  const name = new TextEncoder().encode("APIC");
  const type = new TextEncoder().encode("\x00image/png\0\x03\0");
  const picture = join(type, new Uint8Array(20 - type.length), junk(length - 40));
  const frame = join(name, syncSafe(picture.length), Uint8Array.of(0, 0), picture);
  return id3(frame, 4);
}

/** An ISO file without its boxes of this type, on its top level. */
export function withoutBox(bytes: Bytes, type: string): Bytes {
  return join(
    ...boxesOf(bytes)
      .filter((box) => box.type !== type)
      .map((box) => box.bytes),
  );
}

/** An ISO file whose boxes of this type are there, and empty. */
export function withEmptyBox(bytes: Bytes, type: string): Bytes {
  const empty = join(Buffer.from([0, 0, 0, 8]), Buffer.from(type));
  return join(...boxesOf(bytes).map((box) => (box.type === type ? empty : box.bytes)));
}

function boxesOf(bytes: Bytes): { type: string; bytes: Bytes }[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boxes = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = view.readUInt32BE(at);
    boxes.push({ type: view.toString("latin1", at + 4, at + 8), bytes: bytes.slice(at, at + size) });
    at += Math.max(8, size);
  }
  return boxes;
}
