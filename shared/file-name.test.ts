import { expect, test } from "vitest";
import { cleanFileName, transcriptName } from "./file-name.ts";

test.each(["\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c"])(
  "a sign that turns the direction of text is no part of a name: %j",
  (sign) => {
    expect(cleanFileName(`talk${sign}3pm.exe`)).toBe("talk3pm.exe");
    expect(transcriptName(`talk${sign}3pm.mp3`)).toBe("talk3pm");
  },
);

test("letters that are written from right to left stay", () => {
  expect(cleanFileName("שיחה.mp3")).toBe("שיחה.mp3");
  expect(cleanFileName("C:\\x\\a\u0000b.mp3")).toBe("ab.mp3");
});
