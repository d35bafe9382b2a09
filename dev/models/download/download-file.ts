/**
 * Fetches one file that is known by its length and hash. What has come stays in `NAME.part`, so that the next try goes
 * on there; the file has its name only once its hash was right.
 */

import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { URL } from "node:url";
import { hashFile } from "../check-model.ts";
import { DownloadError } from "./download-error.ts";
import { get } from "./request.ts";

export type DownloadDeps = {
  environment: NodeJS.Dict<string>;
  signal: AbortSignal;
  /** How much of this file is here. */
  onProgress(bytes: number): void;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long nothing may come. */
  idleMs?: number;
};

type Wanted = { url: string; bytes: number; sha256: string };

/** Tries in a row that brought nothing. */
const MOST_TRIES = 5;
const IDLE_MS = 60_000;
const LONGEST_WAIT_MS = 120_000;
/** A server, or a proxy on the way, that has a moment's trouble. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
/** No network, or none that leads there: the next try would find the same. */
const UNREACHABLE = new Set(["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** @throws DownloadError */
export async function downloadFile(path: string, wanted: Wanted, deps: DownloadDeps): Promise<void> {
  const part = `${path}.part`;
  for (const isLastTry of [false, true]) {
    await fetchWhole(part, wanted, deps);
    if ((await hashFile(part)) === wanted.sha256) return rename(part, path);
    await rm(part);
    if (isLastTry) {
      throw new DownloadError(
        `What ${new URL(wanted.url).host} sends is not the file it should be (its SHA-256 differs, twice). ` +
          "A newer version of Diarist may know another one.",
      );
    }
  }
}

/** Until all bytes are here, over as many connections as it takes. */
async function fetchWhole(part: string, wanted: Wanted, deps: DownloadDeps): Promise<void> {
  const { sleep = (ms, signal) => pause(ms, undefined, { signal }) } = deps;
  const { host } = new URL(wanted.url);
  let tries = 0;
  while (true) {
    const before = await lengthOf(part);
    if (before > wanted.bytes) await rm(part);
    if (before === wanted.bytes) return deps.onProgress(before);
    const { waitMs, why } = await fetchSome(part, wanted, deps).catch((error: unknown) => ({
      waitMs: undefined,
      why: explain(error, host, deps.signal),
    }));
    const after = await lengthOf(part);
    tries = after > before ? 0 : tries + 1;
    if (after === wanted.bytes) return;
    if (tries === MOST_TRIES) {
      throw new DownloadError(
        `${host} could not be read to the end (${why}). Start it again: it goes on where it was.`,
      );
    }
    await sleep(Math.min(waitMs ?? 1000 * 2 ** tries, LONGEST_WAIT_MS), deps.signal);
  }
}

type Stopped = { why: string; waitMs?: number | undefined };

/** One connection: appends what comes. */
async function fetchSome(part: string, wanted: Wanted, deps: DownloadDeps): Promise<Stopped> {
  const at = await lengthOf(part);
  const url = new URL(wanted.url);
  const { environment, signal, idleMs = IDLE_MS } = deps;
  const headers: Record<string, string> = at > 0 ? { range: `bytes=${at}-` } : {};
  // Opened first: what comes at once and breaks off is lost to a reader who is not there yet.
  await using file = await open(part, "a");
  const response = await get(url, { headers, environment, signal, idleMs });
  const { statusCode: status = 0 } = response;
  try {
    if (status === 416) {
      await file.truncate(0);
      return { why: "it has no such range", waitMs: 0 };
    }
    if (PASSING.has(status)) return { why: `status ${status}`, waitMs: retryAfter(response) };
    if (status !== 200 && status !== 206) {
      throw new DownloadError(
        `${url.host} answers with status ${status} for ${url.pathname.split("/").at(-1)}: it is no longer there, or not ` +
          "for this network. A newer version of Diarist may know another address.",
      );
    }
    // A server without ranges, or with a range of its own, begins again.
    const isRest = status === 206 && response.headers["content-range"]?.startsWith(`bytes ${at}-`) === true;
    if (status === 206 && !isRest) {
      await file.truncate(0);
      return { why: "it sends another range than was asked for" };
    }
    refuseOtherLength(response, isRest ? at : 0, wanted, url);
    if (!isRest && at > 0) await file.truncate(0);
    await save(response, file, isRest ? at : 0, wanted, deps);
    return { why: "the connection broke off" };
  } finally {
    response.destroy();
  }
}

/** A page that asks to sign in is soon told by its length, before it replaces what is here. */
function refuseOtherLength({ headers }: IncomingMessage, at: number, { bytes }: Wanted, url: URL): void {
  const length = headers["content-length"];
  if (length === undefined || Number(length) + at === bytes) return;
  const page = headers["content-type"]?.startsWith("text/html") ? ", a web page" : "";
  throw new DownloadError(
    `${url.host} sends ${Number(length) + at} bytes${page}, not the ${bytes} of the file. Does something between here ` +
      "and there answer instead?",
  );
}

async function save(
  response: IncomingMessage,
  file: FileHandle,
  at: number,
  { bytes }: Wanted,
  { onProgress }: DownloadDeps,
): Promise<void> {
  let received = at;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    received += chunk.length;
    if (received > bytes) {
      await file.truncate(0);
      throw new DownloadError(`More than the ${bytes} bytes of the file were sent.`);
    }
    await file.appendFile(chunk);
    onProgress(received);
  }
}

/** What can be tried again in words, and what cannot as the error it is. */
function explain(error: unknown, host: string, signal: AbortSignal): string {
  if (signal.aborted) throw signal.reason;
  if (error instanceof DownloadError || !(error instanceof Error)) throw error;
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOSPC")
    throw new DownloadError("The disk is full. Make room and start it again: it goes on where it was.");
  if (UNREACHABLE.has(code))
    throw new DownloadError(`${host} cannot be reached (${code}). ${WITHOUT_NETWORK}`);
  return code === "ECONNREFUSED" ? `${code}. ${WITHOUT_NETWORK}` : code || error.message;
}

const WITHOUT_NETWORK =
  "Behind a proxy set HTTPS_PROXY; without a network put a model from another machine into DIARIST_MODELS.";

function retryAfter({ headers }: IncomingMessage): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) * 1000 : undefined;
}

async function lengthOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
