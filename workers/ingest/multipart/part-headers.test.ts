import { describe, expect, test } from "vitest";
import { parseBoundary, parsePartHeaders } from "./part-headers.ts";

function filenameIn(parameters: string): string | null | undefined {
  return parsePartHeaders(`Content-Disposition: form-data; name="file"; ${parameters}`)?.filename;
}

describe("a filename", () => {
  test("in quotes is taken as it stands", () => {
    expect(filenameIn('filename="stand up; v=2.mp3"')).toBe("stand up; v=2.mp3");
  });

  test("without quotes is taken as it stands", () => {
    expect(filenameIn("filename=standup.mp3")).toBe("standup.mp3");
  });

  test("beyond Latin-1 is read as UTF-8", () => {
    expect(filenameIn('filename="日本語 – naïve 🎙.mp3"')).toBe("日本語 – naïve 🎙.mp3");
  });

  test("loses the backslashes with which curl escapes quotes and backslashes", () => {
    expect(filenameIn(String.raw`filename="a \"b\" \\ c.mp3"`)).toBe(String.raw`a "b" \ c.mp3`);
  });

  test("keeps the backslashes of a Windows path", () => {
    expect(filenameIn(String.raw`filename="C:\audio\a.mp3"`)).toBe(String.raw`C:\audio\a.mp3`);
  });

  test("loses the percent escapes with which browsers write quotes and line ends, and no others", () => {
    expect(filenameIn('filename="a %22b%22 %0D%0A 100%25.mp3"')).toBe('a "b" \r\n 100%25.mp3');
  });

  test("in the extended form wins over the plain one", () => {
    expect(filenameIn(`filename="naive.mp3"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.mp3`)).toBe(
      "naïve €.mp3",
    );
  });

  test("in the extended form may name a language, or Latin-1", () => {
    expect(filenameIn("filename*=utf-8'en'a%20b.mp3")).toBe("a b.mp3");
    expect(filenameIn("filename*=ISO-8859-1''%A3.mp3")).toBe("£.mp3");
  });

  test("in an extended form that cannot be read gives way to the plain one", () => {
    expect(filenameIn(`filename="a.mp3"; filename*=UTF-8''%FF.mp3`)).toBe("a.mp3");
    expect(filenameIn(`filename="a.mp3"; filename*=no-such-charset''a`)).toBe("a.mp3");
  });

  test("that is empty is not the same as none", () => {
    expect(filenameIn('filename=""')).toBe("");
    expect(filenameIn("")).toBeNull();
  });
});

describe("a part", () => {
  test("gives its bare type in lower case", () => {
    const headers = 'content-disposition: form-data; name="file"\r\nCONTENT-TYPE: Audio/MPEG; codecs="mp3"';
    expect(parsePartHeaders(headers)?.contentType).toBe("audio/mpeg");
  });

  test("without a type, or with a senseless one, has none", () => {
    expect(parsePartHeaders("Content-Disposition: form-data; name=a")?.contentType).toBeNull();
    expect(
      parsePartHeaders("Content-Disposition: form-data; name=a\r\nContent-Type: ???")?.contentType,
    ).toBeNull();
  });

  test("may have an empty name, but not none", () => {
    expect(parsePartHeaders('Content-Disposition: form-data; name=""')?.name).toBe("");
    expect(parsePartHeaders("Content-Disposition: form-data")).toBeNull();
    expect(parsePartHeaders("Content-Type: text/plain")).toBeNull();
    expect(parsePartHeaders('Content-Disposition: attachment; name="a"')).toBeNull();
  });

  test("whose bytes are encoded is not taken for what it is not", () => {
    const disposition = 'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: ';
    expect(parsePartHeaders(`${disposition}base64`)).toBeNull();
    expect(parsePartHeaders(`${disposition}binary`)).not.toBeNull();
  });
});

describe("a boundary", () => {
  test("stands with or without quotes", () => {
    expect(parseBoundary("multipart/form-data; boundary=abc")).toBe("abc");
    expect(parseBoundary('Multipart/Form-Data; charset=utf-8; Boundary="a b:c"')).toBe("a b:c");
  });

  test("of 70 characters is taken, one of 71 or none is not", () => {
    expect(parseBoundary(`multipart/form-data; boundary=${"b".repeat(70)}`)).toBe("b".repeat(70));
    expect(parseBoundary(`multipart/form-data; boundary=${"b".repeat(71)}`)).toBeNull();
    expect(parseBoundary("multipart/form-data; boundary=")).toBeNull();
    expect(parseBoundary("multipart/form-data")).toBeNull();
    expect(parseBoundary(null)).toBeNull();
  });
});
