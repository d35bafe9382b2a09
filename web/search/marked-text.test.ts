import { expect, test } from "vitest";
import { cutAtMatches } from "./marked-text.tsx";

test("a snippet is cut where its matches begin and end", () => {
  expect(
    cutAtMatches("the dog saw a dog", [
      [4, 7],
      [14, 17],
    ]),
  ).toEqual([
    { part: "the ", isMatch: false },
    { part: "dog", isMatch: true },
    { part: " saw a ", isMatch: false },
    { part: "dog", isMatch: true },
  ]);
});

test("a snippet without matches stays whole", () => {
  expect(cutAtMatches("nothing here", [])).toEqual([{ part: "nothing here", isMatch: false }]);
});
