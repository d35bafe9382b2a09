// What becomes of a `file` that is a URL.

import { expect, test } from "vitest";
import type { SettingsPatch } from "./settings.ts";
import {
  type FileHost,
  hostFiles,
  lengthenWav,
  type Started,
  sendExactly,
  sendFile,
  start,
  TALK_TEXT,
  talk,
  writeForm,
} from "./testing/harness.ts";

type Flags = SettingsPatch["flags"];

async function ask(started: Started, url: string): Promise<string> {
  const { headers, body } = writeForm([{ name: "file", value: url }]);
  const answer = await sendExactly(new URL("/v1/audio/transcriptions", started.url), { headers, body });
  const json: { text?: string; error?: { code: string; message: string } } = JSON.parse(answer.body);
  return json.text ?? `${answer.status} ${json.error?.code}: ${json.error?.message}`;
}

async function startWith(flags: Flags): Promise<Started> {
  return start({ settings: { flags } });
}

/** `/N` redirects N times before it arrives at the talk. */
async function hostRedirects(): Promise<FileHost> {
  const wav = await talk();
  return hostFiles((path, request, response) => {
    const left = Number(path.slice(1));
    if (left === 0) return sendFile(wav, request, response);
    response.writeHead(302, { location: `/${left - 1}` }).end();
  });
}

test("two redirects are followed", async () => {
  const host = await hostRedirects();
  expect(await ask(await start(), host.url("/2"))).toBe(TALK_TEXT);
  expect(host.asked).toEqual(["GET /2", "GET /1", "GET /0"]);
});

test("three redirects are followed and a fourth is refused", async () => {
  const host = await hostRedirects();
  const started = await start();
  expect(await ask(started, host.url("/3"))).toBe(TALK_TEXT);
  expect(await ask(started, host.url("/4"))).toMatch(/^400 invalid_params: .*more than 3 times/);
});

test("with max_redirects 0 the first redirect is refused", async () => {
  const host = await hostRedirects();
  expect(await ask(await startWith({ max_redirects: 0 }), host.url("/1"))).toMatch(/^400 invalid_params/);
});

test("a file of exactly 1 MB passes a limit of 1 MB and one byte more does not", async () => {
  const sizes = [1_000_000, 1_000_001];
  const wav = await talk();
  const host = await hostFiles((path, request, response) => {
    sendFile(lengthenWav(wav, Number(path.slice(1))), request, response);
  });
  const started = await start({ settings: { limits: { max_url_bytes: 1_000_000 } } });
  expect(await ask(started, host.url(`/${sizes[0]}`))).toBe(TALK_TEXT);
  expect(started.lastCall().file).toMatchObject({ kind: "url", bytes: 1_000_000 });
  expect(await ask(started, host.url(`/${sizes[1]}`))).toMatch(/^400 file_too_large: .*1000000 bytes/);
});

test("a file without Content-Length is cut off once it passes the limit", async () => {
  let closed: () => void = () => {};
  const hungUp = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const host = await hostFiles((_, __, response) => {
    response.on("close", closed);
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", write);
    write();
  });
  const started = await start({ settings: { limits: { max_url_bytes: 1_000_000 } } });
  expect(await ask(started, host.url("/endless"))).toMatch(/^400 file_too_large/);
  await hungUp;
});

test("in range mode the file is asked for piece by piece", async () => {
  const wav = await talk();
  const host = await hostFiles((_, request, response) => sendFile(wav, request, response));
  const step = Math.ceil(wav.length / 3);
  const started = await startWith({ fetch_mode: "range", fetch_range_bytes: step });
  expect(await ask(started, host.url("/talk.wav"))).toBe(TALK_TEXT);
  expect(host.asked).toEqual([
    `GET /talk.wav bytes=0-${step - 1}`,
    `GET /talk.wav bytes=${step}-${2 * step - 1}`,
    `GET /talk.wav bytes=${2 * step}-${3 * step - 1}`,
  ]);
});

test("in range mode a host without ranges is read whole", async () => {
  const wav = await talk();
  const host = await hostFiles((_, __, response) => response.end(wav));
  const started = await startWith({ fetch_mode: "range", fetch_range_bytes: 1000 });
  expect(await ask(started, host.url("/talk.wav"))).toBe(TALK_TEXT);
  expect(host.asked).toHaveLength(1);
});

test("in range mode the limit is told by Content-Range before the bytes come", async () => {
  const wav = await talk();
  const host = await hostFiles((_, request, response) => sendFile(wav, request, response));
  const settings = {
    limits: { max_url_bytes: wav.length - 1 },
    flags: { fetch_mode: "range" as const, fetch_range_bytes: 1000 },
  };
  expect(await ask(await start({ settings }), host.url("/talk.wav"))).toMatch(/^400 file_too_large/);
  expect(host.asked).toHaveLength(1);
});

test("in range mode a wrong Content-Range is refused", async () => {
  const wav = await talk();
  const host = await hostFiles((_, __, response) => {
    response.writeHead(206, { "content-range": `bytes 5-1004/${wav.length}` }).end(wav.subarray(5, 1005));
  });
  const started = await startWith({ fetch_mode: "range", fetch_range_bytes: 1000 });
  expect(await ask(started, host.url("/talk.wav"))).toMatch(/^400 invalid_params: .*Content-Range/);
});

test("in head mode HEAD comes first and tells the size", async () => {
  const wav = await talk();
  const host = await hostFiles((_, request, response) => sendFile(wav, request, response));
  const started = await startWith({ fetch_mode: "head" });
  expect(await ask(started, host.url("/talk.wav"))).toBe(TALK_TEXT);
  started.standIn.configure({ limits: { max_url_bytes: wav.length - 1 } });
  expect(await ask(started, host.url("/talk.wav"))).toMatch(/^400 file_too_large/);
  expect(host.asked).toEqual(["HEAD /talk.wav", "GET /talk.wav", "HEAD /talk.wav"]);
});

test("in head mode a URL signed for GET alone still works", async () => {
  const wav = await talk();
  const host = await hostFiles((_, request, response) => {
    if (request.method === "HEAD") response.writeHead(403).end();
    else sendFile(wav, request, response);
  });
  expect(await ask(await startWith({ fetch_mode: "head" }), host.url("/talk.wav"))).toBe(TALK_TEXT);
});

test("a missing file is a bad parameter, or an unsupported format under the flag", async () => {
  const host = await hostFiles((_, __, response) => response.writeHead(404).end("gone"));
  const started = await start();
  expect(await ask(started, host.url("/a.wav"))).toBe(
    "400 invalid_params: The file URL answers with status 404.",
  );
  started.standIn.configure({ flags: { bad_url_slug: "unsupported_format" } });
  expect(await ask(started, host.url("/a.wav"))).toMatch(/^400 unsupported_format/);
});

test("a host that does not answer is a bad parameter", async () => {
  expect(await ask(await start(), "http://127.0.0.1:1/a.wav")).toMatch(/^400 invalid_params: .*ECONNREFUSED/);
});

test("a download that breaks off is a bad parameter, not half a file", async () => {
  const wav = await talk();
  const host = await hostFiles((_, __, response) => {
    response.writeHead(200, { "content-length": wav.length });
    response.write(wav.subarray(0, 2000), () => response.destroy());
  });
  expect(await ask(await start(), host.url("/a.wav"))).toMatch(/^400 invalid_params: .*could not be fetched/);
});

test("an HTML page is told by its bytes even when its type claims audio", async () => {
  const host = await hostFiles((_, __, response) => {
    response.writeHead(200, { "content-type": "audio/wav" }).end("\n<!DOCTYPE html><title>Log in</title>");
  });
  expect(await ask(await start(), host.url("/a.wav"))).toMatch(/^400 invalid_params: .*HTML page/);
});

test("a path, a data URL and another scheme are no file", async () => {
  const started = await start();
  expect(await ask(started, "/tmp/talk.wav")).toMatch(/^400 invalid_params: `file` must be/);
  expect(await ask(started, "data:audio/wav;base64,AAAA")).toMatch(/^400 invalid_params: `file` must be/);
  expect(await ask(started, "ftp://127.0.0.1/a.wav")).toMatch(/^400 invalid_params: `file` must be/);
});

test("https_only refuses plain http, but not to this machine", async () => {
  const wav = await talk();
  const host = await hostFiles((_, request, response) => sendFile(wav, request, response));
  const started = await startWith({ https_only: true });
  expect(await ask(started, "http://files.invalid/a.wav")).toMatch(/^400 invalid_params: .*must be https/);
  expect(await ask(started, host.url("/a.wav"))).toBe(TALK_TEXT);
});

test("without allow_loopback this machine is refused, behind a redirect too", async () => {
  const host = await hostRedirects();
  const started = await startWith({ allow_loopback: false });
  expect(await ask(started, host.url("/0"))).toMatch(/^400 invalid_params: .*not public/);
  expect(await ask(started, "http://[::1]:1/a.wav")).toMatch(/not public/);
  expect(await ask(started, "http://localhost:1/a.wav")).toMatch(/not public/);
  expect(host.asked).toEqual([]);
});
