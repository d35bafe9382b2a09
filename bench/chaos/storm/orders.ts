import { request as openRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, randomInt } from "../../../dev/marker-speech/random.ts";
import { padWav } from "../../../tests/support/audio/padded-wav.ts";
import type { Scene } from "../scene.ts";
import { type Client, createClient } from "./client.ts";

/** What a customer does, and how much of it there is among a hundred. */
const KINDS = {
  "short, raw body": 20,
  "short, form": 8,
  "large, form": 5,
  "large, raw body": 5,
  "several parts": 10,
  "several parts, speakers": 4,
  "translation with speakers": 6,
  "from a URL": 8,
  "from a URL, large": 3,
  "upload in chunks": 8,
  "the same recording twice": 4,
  "not audio": 3,
  "canceled soon": 5,
  "deleted soon": 5,
  "upload given up": 3,
  "body broken off": 3,
} as const;

type Kind = keyof typeof KINDS;
type Order = { name: string; kind: Kind; seed: number };

/** This number of orders, by chance, each kind at least once if there are enough. */
export function drawOrders(count: number, random: Random): Order[] {
  const kinds = Object.keys(KINDS) as Kind[];
  const lots = kinds.flatMap((kind) => Array.from({ length: KINDS[kind] }, () => kind));
  const drawn = Array.from({ length: count }, (_, n) =>
    count >= 2 * kinds.length && n < kinds.length
      ? (kinds[n] ?? "not audio")
      : (lots[Math.floor(random() * lots.length)] ?? "not audio"),
  );
  const shuffled = drawn
    .map((kind) => ({ kind, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ kind }) => kind);
  return shuffled.map((kind, n) => ({ name: `order-${n + 1}`, kind, seed: randomInt(random, 1, 2 ** 30) }));
}

/** How an order's jobs may end. Null: it was deleted. */
export type End = readonly string[] | null;
export const COMPLETED: End = ["completed"];

const LARGE_BYTES = 7 * 1024 * 1024;
const CHUNK_BYTES = 3 * 1024 * 1024;

/** Places an order, and gives the jobs that were accepted for it with how they may end. */
export function orderer(
  scene: Scene,
  clips: { short: Uint8Array<ArrayBuffer>; long: Uint8Array<ArrayBuffer> },
  sources: { short: string; large: string },
) {
  const { base, headers } = scene;
  const client = createClient(base, headers.authorization);
  const large: Uint8Array<ArrayBuffer> = padWav(clips.short, LARGE_BYTES);
  const noise = new Uint8Array(new TextEncoder().encode("This is no recording. ".repeat(200)));

  function fieldsOf(name: string, more: Record<string, string> = {}): Record<string, string> {
    return { reuse: "false", webhook_url: `${scene.receiver.url}${name}`, ...more };
  }

  async function post(name: string, build: () => RequestInit, query = ""): Promise<string> {
    const answer = await client.insist(`/v1/jobs${query}`, () => {
      const init = build();
      return { ...init, method: "POST", headers: { ...init.headers, "idempotency-key": name } };
    });
    if (answer.status !== 202) throw new Error(`${name}: ${answer.status} ${answer.text}`);
    const { id } = JSON.parse(answer.text) as { id: string };
    scene.accepted.add(id);
    return id;
  }

  function raw(name: string, body: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) {
    const query = `?${new URLSearchParams(fieldsOf(name, more))}`;
    return post(name, () => ({ headers: { "content-type": "audio/wav" }, body }), query);
  }

  function form(name: string, body: Uint8Array<ArrayBuffer>) {
    return post(name, () => {
      const sent = new FormData();
      for (const [field, value] of Object.entries(fieldsOf(name))) sent.set(field, value);
      sent.set("file", new File([body], "talk.wav", { type: "audio/wav" }));
      return { body: sent };
    });
  }

  function fromUrl(name: string, file: string) {
    const body = JSON.stringify({ ...fieldsOf(name), reuse: false, file });
    return post(name, () => ({ headers: { "content-type": "application/json" }, body }));
  }

  async function beginUpload(name: string, bytes: number): Promise<string> {
    const options = JSON.stringify({ reuse: false, webhook_url: `${scene.receiver.url}${name}` });
    const said = { filename: "talk.wav", filetype: "audio/wav", diarist: options };
    const metadata = Object.entries(said).map(([key, value]) => `${key} ${btoa(value)}`);
    const answer = await client.insist("/v1/uploads", () => ({
      method: "POST",
      headers: {
        "tus-resumable": "1.0.0",
        "upload-length": String(bytes),
        "upload-metadata": metadata.join(","),
        "idempotency-key": `${name}-upload`,
      },
    }));
    if (answer.status !== 201) throw new Error(`${name}: ${answer.status} ${answer.text}`);
    return String(answer.headers.get("location"));
  }

  /** Sends from where the server is, until it has so much; the job's id once it has all. */
  async function sendChunks(name: string, path: string, body: Uint8Array<ArrayBuffer>, until: number) {
    const tus = { "tus-resumable": "1.0.0" };
    for (;;) {
      const at = await client.insist(path, () => ({ method: "HEAD", headers: tus }));
      const offset = Number(at.headers.get("upload-offset"));
      if (at.status !== 200) throw new Error(`${name}: the upload is ${at.status}`);
      const job = at.headers.get("diarist-job");
      if (job || (offset >= until && until < body.byteLength)) return job;
      const chunk = body.subarray(offset, Math.min(until, offset + CHUNK_BYTES));
      const chunkHeaders = {
        ...headers,
        ...tus,
        "upload-offset": String(offset),
        "content-type": "application/offset+octet-stream",
      };
      const init = { method: "PATCH", headers: chunkHeaders, body: chunk };
      await fetch(base + path, init).catch(() => undefined); // the next HEAD tells how much has come
      await sleep(100);
    }
  }

  /** A client that goes away in the middle. */
  function breakOff(name: string): Promise<void> {
    return new Promise((resolve) => {
      const out = openRequest(`${base}/v1/jobs?${new URLSearchParams(fieldsOf(name))}`, {
        method: "POST",
        headers: { ...headers, "content-type": "audio/wav", "content-length": large.byteLength },
      });
      out.on("error", () => resolve()).on("close", () => resolve());
      out.write(large.subarray(0, LARGE_BYTES - 500_000), () => setTimeout(() => out.destroy(), 300));
    });
  }

  return async function place({ name, kind, seed }: Order): Promise<[job: string, end: End][]> {
    const pause = () => sleep(seed % 2_500);
    const done = async (id: Promise<string>, end: End = COMPLETED): Promise<[string, End][]> => [
      [await id, end],
    ];
    switch (kind) {
      case "short, raw body":
        return done(raw(name, clips.short));
      case "short, form":
        return done(form(name, clips.short));
      case "large, form":
        return done(form(name, large));
      case "large, raw body":
        return done(raw(name, large));
      case "several parts":
        return done(raw(name, clips.long));
      case "several parts, speakers":
        return done(raw(name, clips.long, { diarize: "true" }));
      case "translation with speakers":
        return done(raw(name, clips.short, { task: "translate", diarize: "true" }));
      case "from a URL":
        return done(fromUrl(name, sources.short));
      case "from a URL, large":
        return done(fromUrl(name, sources.large));
      case "not audio":
        return done(raw(name, noise), ["failed"]);
      case "upload in chunks": {
        const id = await sendChunks(name, await beginUpload(name, large.byteLength), large, large.byteLength);
        if (!id) throw new Error(`${name}: the upload is complete and names no job`);
        scene.accepted.add(id);
        return [[id, COMPLETED]];
      }
      case "the same recording twice": {
        const more = { reuse: "true", prompt: name };
        const both = [raw(`${name}-a`, clips.short, more), raw(`${name}-b`, clips.short, more)];
        return (await Promise.all(both)).map((id) => [id, COMPLETED]);
      }
      case "canceled soon": {
        const id = await raw(name, seed % 2 ? clips.short : clips.long);
        await pause();
        await client.insist(`/v1/jobs/${id}/cancel`, () => ({ method: "POST" }));
        return [[id, ["completed", "canceled"]]];
      }
      case "deleted soon": {
        const id = await raw(name, seed % 2 ? clips.short : clips.long);
        await pause();
        const answer = await client.insist(`/v1/jobs/${id}`, () => ({ method: "DELETE" }));
        if (![204, 404].includes(answer.status)) throw new Error(`${name}: DELETE was ${answer.status}`);
        return [[id, null]];
      }
      case "upload given up":
        await sendChunks(name, await beginUpload(name, large.byteLength), large, LARGE_BYTES - 500_000);
        return [];
      case "body broken off":
        await breakOff(name);
        return [];
    }
  };
}

const LONGEST_FOLLOWED_MS = 8_000;

/** Until the job has ended, or for a while: so that not all are under way at once. */
export async function follow(client: Client, id: string): Promise<void> {
  for (const end = performance.now() + LONGEST_FOLLOWED_MS; performance.now() < end; await sleep(500)) {
    const answer = await client.insist(`/v1/jobs/${id}?wait=5`);
    if (answer.status !== 200) return;
    const { status } = JSON.parse(answer.text) as { status: string };
    if (status !== "queued" && status !== "processing") return;
  }
}
