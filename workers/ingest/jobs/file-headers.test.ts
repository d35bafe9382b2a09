import { describe, expect, test } from "vitest";
import {
  MAX_FILE_HEADER_NAME_CHARACTERS,
  MAX_FILE_HEADER_VALUE_CHARACTERS,
  MAX_FILE_HEADERS,
  MAX_FILE_HEADERS_CHARACTERS,
} from "../../../shared/limits.ts";
import { Refusal } from "../http/problem.ts";
import { parseFileHeaders } from "./file-headers.ts";

/** What is wrong, as `field message`; null: nothing. */
function refusal(input: unknown): string | null {
  try {
    parseFileHeaders(input);
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.errors.map(({ field, message }) => `${field} ${message}`).join("\n");
  }
}

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, "v"]));

test("headers for a server are taken as they came", () => {
  const headers = {
    Authorization: "Bearer a.b_c-d==",
    cookie: "a=1; b=2",
    "X-Api-Key": "",
    "User-Agent": "us",
  };
  expect(parseFileHeaders(headers)).toEqual(headers);
});

test("none are none, however it is said", () => {
  for (const none of [undefined, null, {}]) expect(parseFileHeaders(none)).toBeNull();
});

test("what is no object of texts is refused", () => {
  for (const input of ["Authorization: x", ["a"], 5, { a: 1 }, { a: null }, { a: ["b"] }]) {
    expect(refusal(input), JSON.stringify(input)).toMatch(/^file_headers/);
  }
});

describe("a header is refused", () => {
  test.each([
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "CONNECTION",
    "keep-alive",
    "Upgrade",
    "TE",
    "Trailer",
    "Expect",
    "Proxy-Authorization",
    "Range",
    "If-Range",
    "If-None-Match",
    "If-Modified-Since",
    "Accept-Encoding",
    "cdn-loop",
  ])("that is ours or the connection's: %s", (name) => {
    expect(refusal({ [name]: "x" })).toContain(`file_headers.${name} cannot be set`);
  });

  test.each(["a b", "a:b", "a\r\nb", "", "é", "a/b"])("whose name is none: %j", (name) => {
    expect(refusal({ [name]: "x" })).toContain("is not the name of a header");
  });

  test.each(["a\r\nHost: b", "a\nb", "a\rb", "a\0b", "é", "\u007f"])(
    "whose value has line ends or controls: %j",
    (value) => {
      expect(refusal({ "x-a": value })).toBe("file_headers.x-a must be printable ASCII without line ends");
    },
  );

  test("that comes twice, written differently", () => {
    expect(refusal({ "X-A": "1", "x-a": "2" })).toBe("file_headers.x-a comes twice");
  });
});

describe("the limits", () => {
  test("of how many", () => {
    expect(refusal(many(MAX_FILE_HEADERS))).toBeNull();
    expect(refusal(many(MAX_FILE_HEADERS + 1))).toBe(
      `file_headers must be at most ${MAX_FILE_HEADERS} headers`,
    );
  });

  test("of a name", () => {
    expect(refusal({ ["n".repeat(MAX_FILE_HEADER_NAME_CHARACTERS)]: "x" })).toBeNull();
    expect(refusal({ ["n".repeat(MAX_FILE_HEADER_NAME_CHARACTERS + 1)]: "x" })).toContain("at most 100");
  });

  test("of a value", () => {
    expect(refusal({ a: "v".repeat(MAX_FILE_HEADER_VALUE_CHARACTERS) })).toBeNull();
    expect(refusal({ a: "v".repeat(MAX_FILE_HEADER_VALUE_CHARACTERS + 1) })).toContain("file_headers.a");
  });

  test("of all together", () => {
    const half = MAX_FILE_HEADERS_CHARACTERS / 2;
    expect(refusal({ a: "v".repeat(half - 1), b: "v".repeat(half - 1) })).toBeNull();
    expect(refusal({ a: "v".repeat(half - 1), b: "v".repeat(half) })).toContain("characters in all");
  });
});

test("a refusal never repeats a value", () => {
  expect(refusal({ Host: "secret-1", "x-a": "secret-2\n", "x b": "secret-3" })).not.toContain("secret");
});
