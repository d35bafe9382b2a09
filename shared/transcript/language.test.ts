import { expect, test } from "vitest";
import { languageCode, languageName } from "./language.ts";

test("a language's English name becomes its code, in any case", () => {
  expect(languageCode("english")).toBe("en");
  expect(languageCode("Haitian Creole")).toBe("ht");
  expect(languageCode(" CANTONESE ")).toBe("yue");
});

test("Whisper's other names become codes too", () => {
  expect(languageCode("mandarin")).toBe("zh");
  expect(languageCode("burmese")).toBe("my");
});

test("codes stay, and tags lose their region", () => {
  expect(languageCode("hi")).toBe("hi");
  expect(languageCode("haw")).toBe("haw");
  expect(languageCode("pt-BR")).toBe("pt");
  expect(languageCode("zh_Hans")).toBe("zh");
});

test("codes that ISO withdrew become those in force", () => {
  expect(languageCode("jw")).toBe("jv");
  expect(languageCode("iw")).toBe("he");
});

test("no language is und, and an unknown one is kept", () => {
  expect(languageCode("")).toBe("und");
  expect(languageCode("auto")).toBe("und");
  expect(languageCode("Old Norse")).toBe("old norse");
  expect(languageCode("constructor")).toBe("constructor");
});

test("codes have their English names back", () => {
  expect(languageName("en")).toBe("english");
  expect(languageName("jv")).toBe("javanese");
  expect(languageName("xx")).toBeUndefined();
  expect(languageName("toString")).toBeUndefined();
});
