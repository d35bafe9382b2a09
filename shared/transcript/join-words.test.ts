import { expect, test } from "vitest";
import { joinTokens, tokensOf } from "./join-words.ts";

function rejoined(words: string[], text = words.join(" ")): string {
  return joinTokens(
    tokensOf(
      words.map((word) => ({ word })),
      text,
    ),
  );
}

test("words are joined by the spaces of their text", () => {
  expect(rejoined(["It", "is", "certain."])).toBe("It is certain.");
  expect(rejoined(["今日", "は", "晴れ", "です。"], "今日は晴れです。")).toBe("今日は晴れです。");
  expect(rejoined(["안녕", "하세요"], "안녕 하세요")).toBe("안녕 하세요");
});

test("punctuation that the words lack comes from the text", () => {
  expect(rejoined(["Oh", "hey", "Justin", "How", "are", "you"], "Oh, hey “Justin”. How - are you?")).toBe(
    "Oh, hey “Justin”. How - are you?",
  );
  expect(rejoined(["Qué", "tal"], "¿Qué tal?")).toBe("¿Qué tal?");
});

test("Whisper's own leading spaces are read as spaces, not shown twice", () => {
  expect(rejoined([" It", " is", "n't"], "")).toBe("It is n't");
  expect(rejoined([" It", " isn", "'t"], "It isn't")).toBe("It isn't");
});

test("without a text the script tells whether words are spaced", () => {
  expect(rejoined(["Hello", ",", "world", "!"], "")).toBe("Hello, world!");
  expect(rejoined(["今日", "は", "OK", "です", "。"], "")).toBe("今日は OK です。");
  expect(rejoined(["สวัส", "ดี"], "")).toBe("สวัสดี");
  expect(rejoined(["안녕", "하세요"], "")).toBe("안녕 하세요");
});

test("words the text does not have, and text without words, change nothing around them", () => {
  expect(rejoined(["one", "extra", "three", "four"], "one two three, four.")).toBe("one extra three, four.");
  expect(rejoined(["one", "b", "two", "three"], "one two, three. b")).toBe("one b two, three.");
  expect(rejoined(["one", "three"], "one, two three")).toBe("one, three");
  expect(rejoined(["alpha", "omega"], `alpha ${"between ".repeat(60)}omega`)).toBe("alpha omega");
});

test("words of nothing are empty tokens, one for each", () => {
  const tokens = tokensOf([{ word: "a" }, { word: " " }, { word: "b" }], "a b");
  expect(tokens.map((token) => token.text)).toEqual(["a", "", "b"]);
  expect(joinTokens(tokens)).toBe("a b");
});
