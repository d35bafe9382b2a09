import { describe, expect, test } from "vitest";
import { type Continuation, checkResponse } from "./check-response.ts";

const URL_ASKED = new URL("https://files.example.com/talk.wav?signature=secret");
const CONTINUATION: Continuation = {
  from: 100,
  source: { filename: "talk.wav", contentType: "audio/wav", validator: '"v1"', total: 1_000 },
};

function check(status: number, headers: Record<string, string>, continuation: Continuation | null = null) {
  return checkResponse({ status, headers: new Headers(headers) }, URL_ASKED, continuation);
}

function validatorOf(headers: Record<string, string>): string | null | undefined {
  const verdict = check(200, headers);
  return verdict.kind === "whole" ? verdict.source.validator : undefined;
}

describe("an answer 200", () => {
  test("is the whole recording, with what its headers say", () => {
    const headers = { "content-type": "Audio/X-WAV; codecs=1", "content-length": "1000", etag: '"v1"' };
    expect(check(200, headers)).toEqual({
      kind: "whole",
      source: { filename: "talk.wav", contentType: "audio/x-wav", validator: '"v1"', total: 1_000 },
    });
    expect(check(200, {})).toMatchObject({ source: { contentType: null, validator: null, total: null } });
  });

  test("whose ETag is weak or malformed cannot be continued", () => {
    expect(validatorOf({ etag: 'W/"v1"' })).toBeNull();
    expect(validatorOf({ etag: "v1" })).toBeNull();
  });

  test("can be continued by a Last-Modified that is a second older than the answer", () => {
    const modified = "Fri, 20 Nov 2026 12:00:00 GMT";
    expect(validatorOf({ "last-modified": modified, date: "Fri, 20 Nov 2026 12:00:01 GMT" })).toBe(modified);
    expect(validatorOf({ "last-modified": modified, date: modified })).toBeNull();
    expect(validatorOf({ "last-modified": modified })).toBeNull();
  });

  test("that says it takes no ranges cannot be continued", () => {
    expect(validatorOf({ etag: '"v1"', "accept-ranges": "none" })).toBeNull();
    expect(validatorOf({ etag: '"v1"', "accept-ranges": "bytes" })).toBe('"v1"');
  });

  test("that is compressed is refused, since none was asked for", () => {
    const headers = { etag: '"v1"', "content-length": "10", "content-encoding": "gzip" };
    expect(check(200, headers)).toMatchObject({ kind: "refused", passing: false });
    expect(check(200, { ...headers, "content-encoding": "identity" })).toMatchObject({
      source: { validator: '"v1"', total: 10 },
    });
  });
});

describe("an answer 206 to the rest that was asked for", () => {
  const rest = (range: string, headers = {}) =>
    check(206, { "content-range": range, ...headers }, CONTINUATION).kind;

  test("is the rest when it begins where we stopped and is of the same file", () => {
    expect(rest("bytes 100-999/1000")).toBe("rest");
    expect(rest("bytes 100-499/1000")).toBe("rest"); // a server may send less than was asked for
    expect(rest("bytes 100-999/*")).toBe("rest");
    expect(rest("bytes 100-999/1000", { etag: '"v1"' })).toBe("rest");
  });

  test("cannot be used when it begins elsewhere or is of another file", () => {
    expect(rest("bytes 99-999/1000")).toBe("cannot_continue");
    expect(rest("bytes 101-999/1000")).toBe("cannot_continue");
    expect(rest("bytes 100-1000/1001")).toBe("cannot_continue");
    expect(rest("bytes 100-1000/1000")).toBe("cannot_continue");
    expect(rest("bytes 100-99/1000")).toBe("cannot_continue");
    expect(rest("bytes 100-999/1000", { etag: '"v2"' })).toBe("cannot_continue");
    expect(rest("bytes 100-999/1000", { "content-encoding": "gzip" })).toBe("cannot_continue");
    expect(rest("")).toBe("cannot_continue");
    expect(check(206, { "content-type": "multipart/byteranges" }, CONTINUATION).kind).toBe("cannot_continue");
  });

  test("tells the length that was not known before", () => {
    const source = { ...CONTINUATION.source, total: null };
    const verdict = check(206, { "content-range": "bytes 100-999/1000" }, { from: 100, source });
    expect(verdict).toEqual({ kind: "rest", source: { ...source, total: 1_000 } });
  });

  test("is no recording when nobody asked for a part", () => {
    expect(check(206, { "content-range": "bytes 0-9/10" }).kind).toBe("refused");
  });
});

test("416 says that nothing is left when the file ends where we stopped, and else that it is another", () => {
  expect(check(416, { "content-range": "bytes */100" }, CONTINUATION).kind).toBe("nothing_left");
  expect(check(416, { "content-range": "bytes */99" }, CONTINUATION).kind).toBe("cannot_continue");
  expect(check(416, {}, CONTINUATION).kind).toBe("cannot_continue");
  expect(check(416, { "content-range": "bytes */100" }).kind).toBe("refused");
});

test("other answers are told with status and type; 429 and 5xx may pass", () => {
  expect(check(403, { "content-type": "application/xml" })).toEqual({
    kind: "refused",
    seen: "answered 403 (application/xml)",
    passing: false,
  });
  for (const status of [201, 204, 304, 400, 404, 410, 428]) {
    expect(check(status, {})).toMatchObject({ seen: `answered ${status}`, passing: false });
  }
  for (const status of [429, 500, 503, 530]) expect(check(status, {})).toMatchObject({ passing: true });
});
