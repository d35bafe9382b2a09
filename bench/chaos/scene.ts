import { once } from "node:events";
import { createServer, request as openRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { type Random, randomInt } from "../../dev/marker-speech/random.ts";
import { createReceiver, type Receiver, type WebhookAnswer } from "../../dev/receiver.ts";
import { close, listen } from "../../dev/stand-in/serve.ts";
import type { Call } from "../../dev/together/calls.ts";
import { createTogetherStandIn, type TogetherStandIn } from "../../dev/together/server.ts";
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
  answerWebhooks(answer: WebhookAnswer | null): void;
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
  /** When the Workers said that an answer is in R2, by job, part and purpose: milliseconds since 1970. */
  answeredAt: Map<string, number>;
  close(): Promise<void>;
};

/** The clip is one part of this length, the long one several. */
const PART_SECONDS = 10;

export async function openScene(options: {
  clip: Uint8Array<ArrayBuffer>;
  longClip: Uint8Array<ArrayBuffer>;
  statePath: string;
  port: number;
  random: Random;
}): Promise<Scene> {
  const { clip, longClip, statePath, port, random } = options;
  const base = `http://127.0.0.1:${port}`;
  const authorization = `Bearer ${DEV_API_KEY}`;
  const accepted = new Set<string>();
  const answeredAt = new Map<string, number>();
  const standIn = createTogetherStandIn();
  const standInUrl = await standIn.listen(0);
  const source = await hostClip(clip);
  let webhookAnswer: WebhookAnswer | null = null;
  let secret = "";
  const receiver = await createReceiver({
    async secret() {
      if (secret === "") {
        const response = await fetch(`${base}/v1/webhooks/secret`, { headers: { authorization } });
        secret = ((await response.json()) as { secret: string }).secret;
      }
      return secret;
    },
    respond: (_, request) => webhookAnswer ?? { status: request.verified ? 204 : 401 },
  });
  let current: DiaristProcess | null = null;

  function onLog(line: LogLine): void {
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
      current = startDiaristProcess({
        port,
        statePath,
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
