import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeEach } from "vitest";
import { close, listen } from "../../../dev/stand-in/serve.ts";
import type { Job } from "../../../shared/job.ts";
import { readAnyJob } from "../../../shared/storage/job-work.ts";
import type { NewJob } from "../../../shared/storage/jobs.ts";
import { generateTranscript } from "../audio/generated-transcript.ts";
import { AUDIO, insertNewJob, NOW } from "../stack/jobs.ts";
import { type Storage, useStorage } from "../stack/storage.ts";

export const SOURCE = "https://files.example.com/a/talk.wav";

export type Respond = (response: ServerResponse, request: IncomingMessage) => void;
export type AttemptOutcome = {
  job: Job;
  threw: string | null;
  woken: { delaySeconds: number }[];
  /** Writes, sends and calls, in order. */
  steps: string[];
};

type ImportAttempts = Storage & {
  /** What a host answers at this URL. */
  on(url: string, answer: Respond): void;
  /** What the hosts were asked, as `host/path`, in order. */
  asked: string[];
  insertImport(change?: Partial<NewJob>): Promise<Job>;
  /** One attempt in workerd; with `steps` it dies after that many. */
  run(job: Job, options?: { now?: number; stepMs?: number; steps?: number }): Promise<AttemptOutcome>;
  /** What the cron does for imports. */
  sweep(): Promise<unknown>;
};

/** Attempts at importing, in workerd, from hosts that the test plays; the speech API hears twelve words in everything. */
export async function useImportAttempts(): Promise<ImportAttempts> {
  const storage = await useStorage({ worker: "import-worker" });
  const pages = new Map<string, Respond>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "").slice(1);
    asked.push(path);
    const answer = pages.get(path) ?? ((response) => response.writeHead(404).end("nothing here"));
    answer(response, request);
  });
  const { origin } = await listen(server);

  const on: ImportAttempts["on"] = (url, answer) => void pages.set(url.replace("https://", ""), answer);
  beforeEach(() => {
    pages.clear();
    asked.length = 0;
    on("https://speech.example.com/v1/audio/transcriptions", (response, request) => {
      request.resume();
      response.writeHead(200).end(JSON.stringify(generateTranscript(12)));
    });
  });
  afterAll(() => close(server));
  return {
    ...storage,
    on,
    asked,
    insertImport: (change = {}) =>
      insertNewJob(storage.db, { audioKey: null, sourceUrl: SOURCE, audio: NOTHING_KNOWN, ...change }),
    async run({ id }, { now = NOW, stepMs = 0, steps } = {}) {
      const query = new URLSearchParams({
        job: id,
        now: String(now),
        stepMs: String(stepMs),
        server: origin,
        ...(steps === undefined ? {} : { steps: String(steps) }),
      });
      const outcome = (await storage.ask(`/?${query}`)) as Omit<AttemptOutcome, "job">;
      return { ...outcome, job: (await readAnyJob(storage.db, id)) as Job };
    },
    sweep: () => storage.ask("/sweep"),
  };
}

export const NOTHING_KNOWN = Object.fromEntries(Object.keys(AUDIO).map((key) => [key, null])) as typeof AUDIO;
