import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as openRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { type Random, randomInt } from "../../dev/marker-speech/random.ts";
import { createReceiver, type Receiver, type WebhookAnswer } from "../../dev/receiver.ts";
import { type Recognition, recognise } from "../../dev/recognise/recognise.ts";
import { close, listen } from "../../dev/stand-in/serve.ts";
import type { Call } from "../../dev/together/calls.ts";
import {
  createTogetherStandIn,
  type TogetherStandIn,
  type TogetherStandInOptions,
} from "../../dev/together/server.ts";
import { LEASE_MS, SWEEPS_MISSED_MS } from "../../shared/limits.ts";
import { FAULT_EVENT } from "./deployed/conditions.ts";
import type { Weather } from "./deployed/weather.ts";
import { type DiaristProcess, type LogLine, startDiaristProcess } from "./diarist-process.ts";
import { type KeptState, readKeptState } from "./kept-state.ts";

/** The Diarist under test, and around it what survives every kill: speech API, receiver, a host of recordings. */
export type Scene = {
  /** The newest `npm start`. */
  diarist(): DiaristProcess;
  /** Starts a new one; `ready` of the process tells when it is up. */
  start(): DiaristProcess;
  standIn: TogetherStandIn;
  receiver: Receiver;
  /** What the receiver answers until told otherwise; without it, 204. */
  answerWebhooks(answer: Answering | null): void;
  /** Asks for the secret that webhooks are verified with, which otherwise the first one does. */
  readSecret(): Promise<string>;
  /** Where the clip can be fetched from. While `stalled`, only half of it comes. */
  sourceUrl: string;
  stallSource(stalled: boolean): void;
  /** Sends the clip as a job whose webhook goes to `/name`, and gives its id; null when no 202 came. */
  send(name: string, options?: Record<string, string>): Promise<string | null>;
  /** The same with a recording that is cut in several parts. */
  sendLong(name: string): Promise<string | null>;
  /** Sends `bytes` of an upload that declares more, and holds there. */
  sendHalf(bytes: number, declared: number): Promise<void>;
  /** A random time between the two, so that a moment is hit at many places. */
  pause(fromMs: number, toMs: number): Promise<void>;
  /** The stand-in is working on a call. */
  untilCall(fits?: (call: Call) => boolean): Promise<void>;
  /** What is on disk fits. */
  untilKept(fits: (kept: KeptState) => boolean): Promise<void>;
  /** From 1 to this, at random. */
  oneTo(most: number): number;
  /** Ids of the jobs that were answered 202. */
  accepted: Set<string>;
  /** When the Workers said that an answer is kept, by job, part and purpose: milliseconds since 1970. */
  answeredAt: Map<string, number>;
  /** Multipart uploads whose ids a fault has lost, so that nobody but R2 can end them. */
  lostUploads: Set<string>;
  /** How many faults of storage there were. */
  faults: { d1: number; r2: number };
  /** Lets time pass until a lease that nobody extends has run out. For use while nothing runs. */
  outlastLeases(): void;
  /** One step on the way to quiet: some time passes if nothing is under way, and the sweeps run. */
  passTime(ms?: number): Promise<void>;
  /** Where it is and how to get in. */
  base: string;
  headers: { authorization: string };
  close(): Promise<void>;
};

type Answering = WebhookAnswer | ((isVerified: boolean) => WebhookAnswer);

/** The clip is one part of this length, the long one several. */
const PART_SECONDS = 10;
/** Nothing is under way when this many looks have found nothing running. */
const IDLE_LOOKS = 4;
const IDLE_LOOK_MS = 150;
/** Longer without a sweep, and storage would be taken for having been away. */
const STEP_MS = SWEEPS_MISSED_MS - 30_000;
/** By the real clock. */
const LONGEST_WORK_MS = 20_000;

export async function openScene(options: {
  clip: Uint8Array<ArrayBuffer>;
  longClip: Uint8Array<ArrayBuffer>;
  statePath: string;
  port: number;
  random: Random;
  /** As deployed, under this weather. Null: as `npm start` has it. */
  deployed: { weather: Weather; prepared: string } | null;
  /** What befalls calls to the speech API beside what `standIn` is told. */
  faultFor?: TogetherStandInOptions["faultFor"];
}): Promise<Scene> {
  const { clip, longClip, statePath, port, random, deployed } = options;
  const base = `http://127.0.0.1:${port}`;
  const authorization = `Bearer ${DEV_API_KEY}`;
  const accepted = new Set<string>();
  const answeredAt = new Map<string, number>();
  const lostUploads = new Set<string>();
  const faults = { d1: 0, r2: 0 };
  const standIn = createTogetherStandIn({
    recognise: hearOnce(),
    now: () => new Date(Date.now()), // of the clock that the weather moves
    ...(options.faultFor ? { faultFor: options.faultFor } : {}),
  });
  const standInUrl = await standIn.listen(0);
  const source = await hostClip(clip);
  let webhookAnswer: Answering | null = null;
  let secret = "";
  async function readSecret(): Promise<string> {
    if (secret === "") {
      const response = await fetch(`${base}/v1/webhooks/secret`, { headers: { authorization } });
      secret = ((await response.json()) as { secret: string }).secret;
    }
    return secret;
  }
  const receiver = await createReceiver({
    secret: readSecret,
    respond: (_, { verified }) =>
      typeof webhookAnswer === "function"
        ? webhookAnswer(verified)
        : (webhookAnswer ?? { status: verified ? 204 : 401 }),
  });
  let current: DiaristProcess | null = null;

  function onLog(line: LogLine): void {
    if (line.upload_id) lostUploads.add(line.upload_id);
    if (line.event === FAULT_EVENT) faults[line.store === "d1" ? "d1" : "r2"]++;
    if (line.event !== "upstream.answered") return;
    const key = `${line.job_id} part ${line.part} ${line.purpose}`;
    if (!answeredAt.has(key)) answeredAt.set(key, Date.now());
  }

  async function send(
    name: string,
    query: Record<string, string> = {},
    recording = clip,
  ): Promise<string | null> {
    const { file, ...rest } = { reuse: "false", webhook_url: `${receiver.url}${name}`, ...query } as Record<
      string,
      string
    >;
    const init = file
      ? {
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ file, ...rest, reuse: false }),
        }
      : { headers: { "content-type": "audio/wav" }, body: recording };
    try {
      const response = await fetch(`${base}/v1/jobs${file ? "" : `?${new URLSearchParams(rest)}`}`, {
        method: "POST",
        ...init,
        headers: { ...init.headers, authorization },
      });
      const answer = (await response.json()) as { id: string };
      if (response.status !== 202) throw new Error(`${name} was answered ${response.status}`);
      accepted.add(answer.id);
      return answer.id;
    } catch (error) {
      // A killed server answers nothing: the job may or may not be there, and if it is, it must finish.
      if (error instanceof TypeError) return null;
      throw error;
    }
  }

  return {
    diarist() {
      if (!current) throw new Error("nothing has been started");
      return current;
    },
    start() {
      deployed?.weather.restart();
      current = startDiaristProcess({
        port,
        statePath,
        prepared: deployed?.prepared,
        logPath: `${statePath}.log`,
        onLog,
        env: {
          TOGETHER_API_KEY: "chaos",
          TOGETHER_BASE_URL: new URL("/v1", standInUrl).href,
          PART_MINUTES: String(PART_SECONDS / 60),
        },
      });
      return current;
    },
    standIn,
    receiver,
    answerWebhooks(answer) {
      webhookAnswer = answer;
    },
    readSecret,
    sourceUrl: source.url,
    stallSource: source.stall,
    send: (name, query) => send(name, query),
    sendLong: (name) => send(name, {}, longClip),
    async sendHalf(bytes, declared) {
      const out = openRequest(`${base}/v1/jobs?reuse=false`, {
        method: "POST",
        headers: { authorization, "content-type": "audio/wav", "content-length": declared },
      });
      out.on("error", () => {}); // it is killed on purpose
      for (let sent = 0; sent < bytes; sent += clip.byteLength) {
        if (!out.write(clip.subarray(0, bytes - sent))) await once(out, "drain");
      }
    },
    pause: (fromMs, toMs) => sleep(fromMs + random() * (toMs - fromMs)),
    async untilCall(fits = (call) => call.outcome === "pending") {
      const before = standIn.calls().length;
      while (!standIn.calls().slice(before).some(fits)) await sleep(1);
    },
    async untilKept(fits) {
      while (!fits(readKeptState(statePath))) await sleep(1);
    },
    oneTo: (most) => randomInt(random, 1, most),
    accepted,
    answeredAt,
    lostUploads,
    faults,
    outlastLeases: () => deployed?.weather.pass(LEASE_MS + random() * 60_000),
    async passTime(ms = STEP_MS) {
      if (!deployed) return void (await sleep(IDLE_LOOK_MS));
      const { weather } = deployed;
      const end = performance.now() + LONGEST_WORK_MS;
      for (let idle = 0; idle < IDLE_LOOKS; idle = weather.running() > 0 ? 0 : idle + 1) {
        if (performance.now() > end) return;
        await sleep(IDLE_LOOK_MS);
      }
      weather.pass(ms);
      await fetch(`${base}/dev/sweep`, { method: "POST" }).catch(() => undefined);
    },
    base,
    headers: { authorization },
    async close() {
      try {
        current?.kill("all");
      } catch {
        // it is gone already
      }
      await source.close();
      await receiver.close();
      await standIn.close();
    },
  };
}

/** Hears the same bytes only once: what is put to the test is not the stand-in. */
function hearOnce(): (path: string, signal: AbortSignal) => Promise<Recognition> {
  const heard = new Map<string, Promise<Recognition>>();
  return async (path) => {
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    const known = heard.get(hash) ?? recognise(path);
    heard.set(hash, known);
    return known;
  };
}

/** Serves the clip over HTTP; when stalled, stops half way. */
async function hostClip(clip: Uint8Array) {
  let stalled = false;
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "audio/wav", "content-length": clip.byteLength });
    if (stalled) response.write(clip.subarray(0, clip.byteLength / 2));
    else response.end(clip);
  });
  const url = await listen(server);
  return {
    url: `${url.href}clip.wav`,
    stall(now: boolean) {
      stalled = now;
    },
    close: () => close(server),
  };
}
