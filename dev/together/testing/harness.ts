/** What the tests over HTTP share: a running stand-in, the official SDK pointed at it, audio that says something, and a file host. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Together from "together-ai";
import { onTestFinished } from "vitest";
import { createRecogniser } from "../../../tests/support/audio/recogniser.ts";
import { makeAudio } from "../../make-audio.ts";
import { recognise } from "../../recognise/recognise.ts";
import { close, listen, readBody } from "../../stand-in/serve.ts";
import type { Call } from "../calls.ts";
import { createTogetherStandIn, type TogetherStandIn, type TogetherStandInOptions } from "../server.ts";

export const MODEL = "openai/whisper-large-v3";

/** What `talk()` says: two speakers, three turns. */
export const TALK_TEXT = "good morning all hello where were we";
const TALK_SCRIPT = "A: good morning all\nB: hello\nA: where were we\n";

export type Started = { standIn: TogetherStandIn; url: URL; client: Together; lastCall: () => Call };

/** The real recogniser; the same bytes are recognised once per test file. */
const recogniseOnce = createRecogniser((path) => recognise(path));

/** A stand-in on a free port that closes with the test. */
export async function start(options: TogetherStandInOptions = {}): Promise<Started> {
  const standIn = createTogetherStandIn({ recognise: recogniseOnce, ...options });
  const url = await standIn.listen(0);
  onTestFinished(() => standIn.close());
  const client = new Together({ apiKey: "test-key", baseURL: new URL("v1", url).href, maxRetries: 0 });
  const lastCall = () => {
    const call = standIn.calls().at(-1);
    if (call === undefined) throw new Error("the stand-in was not called");
    return call;
  };
  return { standIn, url, client, lastCall };
}

let talkBytes: Promise<Buffer<ArrayBuffer>> | undefined;

/** A WAV whose words and speakers lie in its samples; made once per test file. */
export function talk(): Promise<Buffer<ArrayBuffer>> {
  talkBytes ??= makeWav(TALK_SCRIPT);
  return talkBytes;
}

export async function talkFile(name = "talk.wav"): Promise<File> {
  return new File([await talk()], name, { type: "audio/wav" });
}

async function makeWav(script: string): Promise<Buffer<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), "together-test-"));
  try {
    const path = join(folder, "talk.wav");
    await makeAudio(script, path);
    return Buffer.from(await readFile(path));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same words, then silence until the file has exactly this many bytes. */
export function lengthenWav(wav: Buffer, bytes: number): Buffer<ArrayBuffer> {
  const padded = Buffer.alloc(bytes);
  wav.copy(padded);
  padded.writeUInt32LE(bytes - 8, 4);
  padded.writeUInt32LE(bytes - 44, 40);
  return padded;
}

export type FileHost = { url: (path: string) => string; asked: string[] };

/** A host for file URLs that closes with the test and remembers what it was asked, as `GET /a.wav bytes=0-9`. */
export async function hostFiles(
  answer: (path: string, request: IncomingMessage, response: ServerResponse) => void,
): Promise<FileHost> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    asked.push([request.method, path, request.headers.range].filter((part) => part !== undefined).join(" "));
    answer(path, request, response);
  });
  const { origin } = await listen(server);
  onTestFinished(() => close(server));
  return { url: (path) => `${origin}${path}`, asked };
}

/** Answers GET, HEAD and single ranges as a good file host does. */
export function sendFile(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  const from = Number(range?.[1] ?? 0);
  const to = Math.min(Number(range?.[2] ?? bytes.length), bytes.length - 1);
  const body = bytes.subarray(from, to + 1);
  response.writeHead(range === null ? 200 : 206, {
    "content-type": "audio/wav",
    "content-length": body.length,
    ...(range === null ? {} : { "content-range": `bytes ${from}-${to}/${bytes.length}` }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

type RawAnswer = { status: number; headers: IncomingMessage["headers"]; body: string };

/** A request with exactly these headers: like a Worker, Node adds no User-Agent of its own. */
export function sendExactly(
  url: URL,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { method = "POST", headers, body } = options;
    const outgoing = httpRequest(url.href, { method, headers, agent: false }, async (response) => {
      const { statusCode: status = 0, headers } = response;
      await readBody(response).then((body) => resolve({ status, headers, body: String(body) }), reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

export type RawPart = { name: string; value: string | Buffer; filename?: string; type?: string };

/** A multipart body with its parts written as given, and the headers that belong to it. */
export function writeForm(parts: RawPart[]): { headers: Record<string, string>; body: Buffer } {
  const pieces = parts.flatMap(({ name, value, filename, type }) => [
    `--edge\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? "" : `; filename="${filename}"`,
    type === undefined ? "" : `\r\nContent-Type: ${type}`,
    "\r\n\r\n",
    value,
    "\r\n",
  ]);
  const body = Buffer.concat([...pieces, "--edge--\r\n"].map((piece) => Buffer.from(piece)));
  const headers = {
    authorization: "Bearer test-key",
    "user-agent": "raw/1",
    "content-type": "multipart/form-data; boundary=edge",
    "content-length": String(body.length),
  };
  return { headers, body };
}
