// A word and its speaker as bits, and back: [speaker 5][plain 1][text …][zeros][CRC 24].
// Ordinary words pack five bits a letter; everything else is spelled in UTF-8.

/** A word and who said it. */
export type SpokenWord = { word: string; speaker: string };

/** Thrown for a word or speaker that marker speech has no way to say; the message says why. */
export class UnspeakableWordError extends Error {
  override name = "UnspeakableWordError";
}

/** Longer words than any language needs; bounds what the decoder must remember. */
const MAX_TEXT_BYTES = 120;

const SPEAKER_BITS = 5;
const LETTER_BITS = 5;
/** What `sealBits` adds at least. */
export const CRC_BITS = 24;

export const FEWEST_BITS = SPEAKER_BITS + 1 + LETTER_BITS;
export const MOST_BITS = SPEAKER_BITS + 1 + 8 * MAX_TEXT_BYTES;

const LETTERS = "\0abcdefghijklmnopqrstuvwxyz'-,.";
const SHIFT = 31;
const SHIFTED = "\0ABCDEFGHIJKLMNOPQRSTUVWXYZ?!:;";
/** A speaker who is not a single letter A to Z: the name precedes the word in the text, after it a space. */
const NAMED_SPEAKER = 0;

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The bits that carry a word, without zeros and CRC; pass them to `sealBits`.
 * @throws UnspeakableWordError when the word or speaker is empty, holds spaces or control characters, or is too long.
 */
export function textToBits({ word, speaker }: SpokenWord): number[] {
  assertSpeakable("word", word);
  assertSpeakable("speaker", speaker);
  const letter = /^[A-Z]$/.test(speaker) ? speaker.charCodeAt(0) - 64 : NAMED_SPEAKER;
  const text = letter === NAMED_SPEAKER ? `${speaker} ${word}` : word;
  const bytes = utf8.encode(text);
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new UnspeakableWordError(
      `word "${word.slice(0, 20)}…" is ${bytes.length} bytes long, at most ${MAX_TEXT_BYTES} fit`,
    );
  }
  const packed = packLetters(text);
  const spelled = Array.from(bytes).flatMap((byte) => toBits(byte, 8));
  const usePacked = packed !== null && packed.length <= spelled.length;
  return [...toBits(letter, SPEAKER_BITS), usePacked ? 0 : 1, ...(usePacked ? packed : spelled)];
}

/** Fills `bits` with zeros up to `length` less the CRC and appends the CRC. */
export function sealBits(bits: readonly number[], length: number): Uint8Array {
  const sealed = new Uint8Array(length);
  sealed.set(bits);
  const body = sealed.subarray(0, length - CRC_BITS);
  sealed.set(toBits(crc24(body), CRC_BITS), length - CRC_BITS);
  return sealed;
}

/** The word in sealed bits, or null when the CRC or anything else about them is wrong. */
export function bitsToText(sealed: Uint8Array): SpokenWord | null {
  const body = sealed.subarray(0, sealed.length - CRC_BITS);
  if (body.length < SPEAKER_BITS + 1 || crc24(body) !== fromBits(sealed, body.length, CRC_BITS)) return null;
  const letter = fromBits(body, 0, SPEAKER_BITS);
  const spelled = body[SPEAKER_BITS] === 1;
  const text = spelled ? readBytes(body, SPEAKER_BITS + 1) : readLetters(body, SPEAKER_BITS + 1);
  if (text === null || text === "" || letter > 26) return null;
  if (letter !== NAMED_SPEAKER) return { word: text, speaker: String.fromCharCode(64 + letter) };
  const space = text.indexOf(" ");
  return space > 0 ? { word: text.slice(space + 1), speaker: text.slice(0, space) } : null;
}

function assertSpeakable(what: string, text: string): void {
  if (text === "") throw new UnspeakableWordError(`the ${what} is empty`);
  if (!text.isWellFormed()) throw new UnspeakableWordError(`the ${what} is not valid Unicode`);
  if (/[\s\p{Cc}]/u.test(text)) {
    throw new UnspeakableWordError(`the ${what} "${text}" holds a space or a control character`);
  }
}

function packLetters(text: string): number[] | null {
  const bits: number[] = [];
  for (const character of text) {
    const plain = LETTERS.indexOf(character);
    const shifted = SHIFTED.indexOf(character);
    if (plain > 0) bits.push(...toBits(plain, LETTER_BITS));
    else if (shifted > 0) bits.push(...toBits(SHIFT, LETTER_BITS), ...toBits(shifted, LETTER_BITS));
    else return null;
  }
  return bits;
}

function readLetters(bits: Uint8Array, from: number): string | null {
  let text = "";
  let shift = false;
  for (let at = from; at + LETTER_BITS <= bits.length; at += LETTER_BITS) {
    const code = fromBits(bits, at, LETTER_BITS);
    if (code === 0) break;
    if (code === SHIFT && !shift) {
      shift = true;
      continue;
    }
    const character = (shift ? SHIFTED : LETTERS)[code];
    if (character === undefined) return null;
    text += character;
    shift = false;
  }
  return shift ? null : text;
}

function readBytes(bits: Uint8Array, from: number): string | null {
  const bytes: number[] = [];
  for (let at = from; at + 8 <= bits.length; at += 8) {
    const byte = fromBits(bits, at, 8);
    if (byte === 0) break;
    bytes.push(byte);
  }
  try {
    return strictUtf8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

/** CRC-24 of OpenPGP (RFC 9580 §6.1), over bits rather than bytes. */
function crc24(bits: Uint8Array): number {
  let crc = 0xb704ce;
  for (const bit of bits) {
    const carry = ((crc >> 23) & 1) ^ bit;
    crc = (crc << 1) & 0xffffff;
    if (carry === 1) crc ^= 0x864cfb;
  }
  return crc;
}

function toBits(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (value >> (count - 1 - index)) & 1);
}

function fromBits(bits: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) value = (value << 1) | (bits[i] ?? 0);
  return value;
}
