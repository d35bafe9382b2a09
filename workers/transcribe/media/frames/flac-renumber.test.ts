import { expect, test } from "vitest";
import { readFlacHeader, readStreamInfo, type StreamInfo } from "../../../../shared/flac/frame-header.ts";
import { flacFile } from "../../../../tests/support/audio/synthetic-frames.ts";
import { codeNumber, renumberFlac } from "./flac-renumber.ts";

const FIRST_FRAME = 42;
const file = flacFile({ blocks: [4096], firstNumber: 12_345 });
const info = readStreamInfo(file.subarray(8, FIRST_FRAME)) as StreamInfo;
const frame = file.subarray(FIRST_FRAME);

test("numbers are coded as UTF-8 codes characters, and beyond", () => {
  for (const character of ["\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "\u{10000}"]) {
    const coded = Array.from(codeNumber(character.codePointAt(0) ?? 0));
    expect(coded).toEqual(Array.from(new TextEncoder().encode(character)));
  }
  expect(Array.from(codeNumber(2 ** 31 - 1))).toEqual([0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]);
  expect(Array.from(codeNumber(2 ** 36 - 1))).toEqual([0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]);
});

test("a frame with another number is a right frame, whatever the number's length", () => {
  for (const number of [0, 127, 128, 70_000, 2 ** 35]) {
    const made = renumberFlac(frame, number, info);
    expect(made && readFlacHeader(made, 0, info)).toMatchObject({ number, blockSize: 4096 });
    // Its checksum is right: it can be numbered again, and its first number brings it back.
    expect(made && renumberFlac(made, 12_345, info)).toEqual(frame);
  }
});

test("a damaged frame is not made to look whole", () => {
  const damaged = frame.slice();
  damaged[100] = (damaged[100] ?? 0) ^ 1;
  expect(renumberFlac(damaged, 0, info)).toBeNull();
});
