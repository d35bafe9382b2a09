import { type LocalDiarist, type LocalOptions, runLocal } from "../../../dev/local/run-local.ts";
import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";
import { createReceiver, type Receiver } from "../../../dev/receiver.ts";
import { createTogetherStandIn, type TogetherStandInOptions } from "../../../dev/together/server.ts";
import type { showJob } from "../../../shared/job.ts";

export type ShownJob = ReturnType<typeof showJob>;

/** A running Diarist with what a test asks of it. */
export type TestDiarist = LocalDiarist & {
  /** A request to the API with the local tenant's key, or another; null sends none. */
  call(path: string, init?: RequestInit, key?: string | null): Promise<Response>;
  /** The job when it has finished. */
  finished(id: string, key?: string): Promise<ShownJob>;
  /** A receiver that verifies with the secret of this key's tenant. */
  receiver(key?: string): Promise<Receiver>;
  /** Tells the stand-in of the speech API how to behave. */
  control(change: Record<string, unknown>): Promise<void>;
  /** What the stand-in was asked. */
  calls(): Promise<StandInCall[]>;
  /** Everything the Workers logged so far. */
  logs: string[];
};

type StandInCall = {
  n: number;
  path: string;
  status: number | null;
  outcome: string;
  model_before_file: boolean | null;
  fields: { name: string; value?: string }[];
  file: { kind: "url" | "binary"; url?: string; bytes: number } | null;
  audio_seconds: number | null;
  /** Until the answer was begun. */
  took_ms: number | null;
};

/** `recognise` hears files in the stand-in's place. */
export type TestOptions = LocalOptions & Pick<TogetherStandInOptions, "recognise">;

const LONGEST_JOB_MS = 300_000;

export async function startDiarist({ recognise, ...options }: TestOptions = {}): Promise<TestDiarist> {
  const logs: string[] = [];
  const ownStandIn = recognise && createTogetherStandIn({ recognise });
  const ownUrl = await ownStandIn?.listen(0);
  const vars = ownUrl && { TOGETHER_API_KEY: "stand-in", TOGETHER_BASE_URL: new URL("/v1", ownUrl).href };
  const local = await runLocal({
    ...options,
    vars: { ...vars, ...options.vars },
    onLog(line) {
      logs.push(line);
      options.onLog?.(line);
    },
  });
  const standIn = ownUrl ?? local.standIn;

  const call: TestDiarist["call"] = (path, init = {}, key = DEV_API_KEY) => {
    const headers = new Headers(init.headers);
    if (key !== null) headers.set("authorization", `Bearer ${key}`);
    return fetch(local.url + path, { ...init, headers });
  };
  return {
    ...local,
    standIn,
    logs,
    call,
    async finished(id, key) {
      for (const until = Date.now() + LONGEST_JOB_MS; Date.now() < until; ) {
        const job = (await (await call(`/v1/jobs/${id}?wait=60`, {}, key)).json()) as ShownJob;
        if (job.status !== "queued" && job.status !== "processing") return job;
      }
      throw new Error(`${id} did not finish; the Workers said:\n${logs.slice(-40).join("\n")}`);
    },
    receiver: (key) =>
      createReceiver({
        async secret() {
          const answer = await call("/v1/webhooks/secret", {}, key);
          return ((await answer.json()) as { secret: string }).secret;
        },
      }),
    async control(change) {
      const response = await fetch(new URL("/control", standIn ?? ""), {
        method: "PUT",
        body: JSON.stringify(change),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    async calls() {
      const response = await fetch(new URL("/control/calls", standIn ?? ""));
      const answer = (await response.json()) as { calls: StandInCall[] } | StandInCall[];
      return Array.isArray(answer) ? answer : answer.calls;
    },
    async close() {
      await local.close();
      await ownStandIn?.close();
    },
  };
}
