import { expect, test } from "vitest";
import { generateTranscript, pickOne, seededRandom } from "../../tests/support/audio/generated-transcript.ts";
import { parseTranscript } from "./parse-transcript.ts";
import { serializeTranscript } from "./serialize-transcript.ts";
import { MAX_SLICE_BYTES, sliceText } from "./slices.ts";

test("text of exactly the limit is one slice", () => {
  expect(sliceText("abcde", 5)).toEqual(["abcde"]);
  expect(sliceText("aé€", 6)).toEqual(["aé€"]);
});

test("one byte over the limit is two slices", () => {
  expect(sliceText("abcdef", 5)).toEqual(["abcde", "f"]);
  expect(sliceText("aé€", 5)).toEqual(["aé", "€"]);
});

test("a code point that does not fit whole goes to the next slice", () => {
  expect(sliceText("aa😀b", 5)).toEqual(["aa", "😀b"]);
  expect(sliceText("aaa😀", 4)).toEqual(["aaa", "😀"]);
  expect(sliceText("aaaa😀", 4)).toEqual(["aaaa", "😀"]);
});

test("empty text has no slices", () => {
  expect(sliceText("")).toEqual([]);
});

test("a limit that cannot hold every code point is a bug of the caller", () => {
  expect(sliceText("😀😀", 4)).toEqual(["😀", "😀"]);
  expect(() => sliceText("a", 3)).toThrow(RangeError);
  expect(() => sliceText("a", Number.NaN)).toThrow(RangeError);
});

test("lone surrogates stay where they are and count three bytes each", () => {
  const text = "a\ud83db\ude00\ud83d";
  expect(sliceText(text, 4)).toEqual(["a\ud83d", "b\ude00", "\ud83d"]);
  expect(sliceText(text, 4).join("")).toBe(text);
});

test("any text at any limit comes back whole, in slices no larger than asked", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 2000; round++) {
    let text = "";
    for (let length = random() * 40; length > 0; length--) {
      text += pickOne(random, ["a", "\n", "é", "ש", "€", "中", "😀", "👩‍👧", "\ud83d", "\ude00", "\u0000"]);
    }
    const limit = 4 + Math.floor(random() * 20);
    const slices = sliceText(text, limit);
    expect(slices.join("")).toBe(text);
    for (const [index, slice] of slices.entries()) {
      expect(Buffer.byteLength(slice)).toBeGreaterThan(0);
      expect(Buffer.byteLength(slice)).toBeLessThanOrEqual(limit);
      const next = slices[index + 1]?.codePointAt(0);
      // Nothing that would still have fitted was left for the next slice.
      if (next !== undefined) {
        expect(Buffer.byteLength(slice + String.fromCodePoint(next))).toBeGreaterThan(limit);
      }
    }
  }
});

test("a four-hour transcript of 40,000 words comes back from its slices as it was, to the byte", () => {
  const transcript = generateTranscript(40_000);
  const json = serializeTranscript(transcript);
  const slices = sliceText(json);
  expect(slices.length).toBe(Math.ceil(json.length / MAX_SLICE_BYTES));
  // As D1 would: every slice goes out as UTF-8 by itself.
  const stored = slices.map((slice) => new TextEncoder().encode(slice));
  for (const bytes of stored) expect(bytes.byteLength).toBeLessThanOrEqual(MAX_SLICE_BYTES);
  const read = stored.map((bytes) => new TextDecoder().decode(bytes)).join("");
  expect(read === json).toBe(true);
  const parsed = parseTranscript(read);
  expect(parsed.ok && serializeTranscript(parsed.value) === json).toBe(true);
  expect(parsed.ok && parsed.value.words.length).toBe(40_000);
});
