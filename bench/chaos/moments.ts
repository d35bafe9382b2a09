import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import type { LogLine, Victim } from "./diarist-process.ts";
import type { World } from "./scene.ts";

/** Brings a job, named for its webhook, to the moment at which it is killed. */
export type Moment = {
  what: string;
  victim?: Victim;
  reach: (world: World, name: string) => Promise<void>;
  /** How many words the transcript must have when it is not what was said. */
  words?: number;
  /** The job's recording is the long one. */
  isLong?: true;
};

/** So long that a kill surely comes before. */
const LONG_SECONDS = 120;
const LONG_ANSWER_WORDS = 40_000;
const MEGABYTE = 1_000_000;

export const MOMENTS: Moment[] = [
  {
    what: "during a small upload",
    async reach(world) {
      await world.sendHalf(MEGABYTE, 2 * MEGABYTE);
      await world.pause(50, 400);
    },
  },
  {
    what: "during a large upload, parts stored",
    async reach(world) {
      await world.sendHalf(24 * MEGABYTE, 32 * MEGABYTE);
      await world.pause(0, 1_500);
    },
  },
  {
    what: "the upload just sent, no answer yet",
    async reach(world, name) {
      void world.send(name);
      await world.pause(0, 40);
    },
  },
  { what: "job created", reach: onLog("job.created", 0, 10) },
  {
    what: "right after the 202",
    async reach(world, name) {
      await world.send(name);
    },
  },
  { what: "job claimed", reach: onLog("job.claimed", 0, 20) },
  {
    what: "while the recording is imported from its URL",
    async reach(world, name) {
      world.stallSource(true);
      const claimed = world.diarist().untilLog((line) => line.event === "job.claimed");
      void world.send(name, { file: world.sourceUrl });
      await claimed;
      await world.pause(50, 500);
    },
  },
  {
    what: "the speech API has just been asked",
    async reach(world, name) {
      const called = world.untilCall();
      void world.send(name);
      await called;
    },
  },
  { what: "in the middle of the call", reach: duringCall },
  {
    what: "while the answer comes in",
    async reach(world, name) {
      world.standIn.configure({ faults: [{ do: { kind: "slow_body", body_seconds: LONG_SECONDS } }] });
      const answering = world.untilCall((call) => call.status === 200);
      void world.send(name);
      await answering;
      await world.pause(100, 1_000);
    },
  },
  {
    what: "the answer has just been sent (the gap: paid, not yet stored)",
    async reach(world, name) {
      const answered = world.untilCall((call) => call.outcome === "ok");
      void world.send(name);
      await answered;
    },
  },
  { what: "the raw answer has just been stored", reach: onLog("upstream.answered", 0, 8) },
  {
    what: "the raw answer of a long recording has just been stored",
    words: LONG_ANSWER_WORDS,
    reach: (world, name) => afterLongAnswer(world, name, 0, 100),
  },
  {
    what: "while a long transcript is saved in slices",
    words: LONG_ANSWER_WORDS,
    async reach(world, name) {
      const wanted = world.oneTo(6);
      await afterLongAnswer(world, name, 0, 0);
      await world.untilKept(({ jobs, slices }) => {
        const job = jobs.find(({ webhook_url }) => webhook_url?.endsWith(`/${name}`));
        return slices.filter(({ job_id }) => job_id === job?.id).length >= wanted;
      });
    },
  },
  {
    what: "a translation, between its two calls",
    async reach(world, name) {
      const stored = world
        .diarist()
        .untilLog((line) => line.event === "upstream.answered" && line.purpose === "text");
      void world.send(name, { task: "translate", diarize: "true" });
      await stored;
      await world.pause(0, 30);
    },
  },
  { what: "job completed, webhook not yet sent", reach: onLog("job.completed", 0, 4) },
  {
    what: "during the webhook",
    async reach(world, name) {
      world.answerWebhooks({ status: 204, delayMs: LONG_SECONDS * 1000 });
      void world.send(name);
      await world.receiver.waitFor((request) => request.path === `/${name}`, 60_000);
      await world.pause(0, 300);
    },
  },
  {
    what: "right after the webhook's 204",
    async reach(world, name) {
      void world.send(name);
      await world.receiver.waitFor((request) => request.path === `/${name}`, 60_000);
      await world.pause(0, 10);
    },
  },
  {
    what: "while a failed webhook waits for its next try",
    async reach(world, name) {
      world.answerWebhooks({ status: 500 });
      const failed = world.diarist().untilLog(isRetry);
      void world.send(name);
      await failed;
    },
  },
  {
    what: "while the job waits after a 429",
    async reach(world, name) {
      world.standIn.configure({ faults: [{ do: { status: 429, headers: { "retry-after": "3" } } }] });
      const waits = world.diarist().untilLog((line) => line.event === "job.waits");
      void world.send(name);
      await waits;
    },
  },
  {
    what: "in the middle of the calls for several parts",
    isLong: true,
    async reach(world, name) {
      world.standIn.configure({ faults: [{ do: { delay_seconds: LONG_SECONDS } }] });
      const called = world.untilCall();
      void world.sendLong(name);
      await called;
      await world.pause(100, 600);
    },
  },
  {
    what: "some parts are done and others in their calls",
    isLong: true,
    async reach(world, name) {
      const later = { match: { nth: [2, 3, 4, 5, 6, 7, 8] }, do: { delay_seconds: LONG_SECONDS } };
      world.standIn.configure({ faults: [later] });
      const stored = world.diarist().untilLog((line) => line.event === "upstream.answered");
      void world.sendLong(name);
      await stored;
      await world.pause(0, 200);
    },
  },
  {
    what: "several parts, at any time",
    isLong: true,
    async reach(world, name) {
      void world.sendLong(name);
      await world.pause(100, 3_000);
    },
  },
  {
    what: "the last of several parts is done, the job is put together",
    isLong: true,
    async reach(world, name) {
      const linked = world.diarist().untilLog((line) => line.event === "job.speakers_linked");
      void world.sendLong(name);
      await linked;
      await world.pause(0, 20);
    },
  },
  {
    what: "two jobs with the same recording, one of which pays",
    async reach(world, name) {
      world.standIn.configure({ faults: [{ do: { delay_seconds: LONG_SECONDS } }] });
      const called = world.untilCall();
      void world.send(`${name}-a`, { reuse: "true", prompt: name });
      void world.send(`${name}-b`, { reuse: "true", prompt: name });
      await called;
      await world.pause(0, 500);
    },
  },
  {
    what: "ten jobs at once",
    async reach(world, name) {
      for (let n = 0; n < 10; n++) void world.send(`${name}-${n}`);
      await world.pause(200, 4_000);
    },
  },
  {
    what: "again, while it recovers from a kill",
    async reach(world, name) {
      await duringCall(world, name);
      world.diarist().kill("all");
      await world.diarist().isGone(5_000);
      await world.start().untilLog(({ event }) => event === "job.claimed" || event === "part.claimed");
      await world.pause(0, 100);
    },
  },
  { what: "while it starts", reach: whileItStarts },
  { what: "at any time", reach: atAnyTime },
  { what: "at any other time", reach: atAnyTime },
  { what: "in the middle of the call", victim: "npm", reach: duringCall },
  { what: "in the middle of the call", victim: "node", reach: duringCall },
  { what: "in the middle of the call", victim: "workerd", reach: duringCall },
  { what: "while it starts", victim: "npm", reach: whileItStarts },
  { what: "while it starts", victim: "node", reach: whileItStarts },
  {
    what: "the raw answer of a long recording has just been stored",
    victim: "workerd",
    words: LONG_ANSWER_WORDS,
    reach: (world, name) => afterLongAnswer(world, name, 0, 100),
  },
];

/** Kills when the Workers' log tells of this event, or a little later. */
function onLog(event: string, fromMs: number, toMs: number): Moment["reach"] {
  return async (world, name) => {
    const seen = world.diarist().untilLog((line) => line.event === event);
    void world.send(name);
    await seen;
    await world.pause(fromMs, toMs);
  };
}

async function duringCall(world: World, name: string): Promise<void> {
  world.standIn.configure({ faults: [{ do: { delay_seconds: LONG_SECONDS } }] });
  const called = world.untilCall();
  void world.send(name);
  await called;
  await world.pause(100, 600);
}

/** After a kill in the middle of a call, so that there is something to start with. */
async function whileItStarts(world: World, name: string): Promise<void> {
  await duringCall(world, name);
  world.diarist().kill("all");
  await world.diarist().isGone(5_000);
  world.start();
  await world.pause(300, 5_000);
}

/** An answer of 8 MB, which takes a while to be read and laid down. */
async function afterLongAnswer(world: World, name: string, fromMs: number, toMs: number): Promise<void> {
  const body = generateTranscript(LONG_ANSWER_WORDS);
  world.standIn.configure({ faults: [{ do: { status: 200, body } }] });
  const stored = world.diarist().untilLog((line) => line.event === "upstream.answered");
  void world.send(name);
  await stored;
  await world.pause(fromMs, toMs);
}

async function atAnyTime(world: World, name: string): Promise<void> {
  void world.send(name);
  await world.pause(0, 1_200);
}

function isRetry(line: LogLine): boolean {
  return line.event === "delivery.attempted" && line.outcome === "will_retry";
}
