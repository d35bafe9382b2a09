import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import type { LogLine, Victim } from "./diarist-process.ts";
import type { Scene } from "./scene.ts";

/** Brings a job, named for its webhook, to the moment at which it is killed. */
export type Moment = {
  what: string;
  victim?: Victim;
  reach: (scene: Scene, name: string) => Promise<void>;
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
    async reach(scene) {
      await scene.sendHalf(MEGABYTE, 2 * MEGABYTE);
      await scene.pause(50, 400);
    },
  },
  {
    what: "during a large upload, parts stored",
    async reach(scene) {
      await scene.sendHalf(24 * MEGABYTE, 32 * MEGABYTE);
      await scene.pause(0, 1_500);
    },
  },
  {
    what: "the upload just sent, no answer yet",
    async reach(scene, name) {
      void scene.send(name);
      await scene.pause(0, 40);
    },
  },
  { what: "job created", reach: onLog("job.created", 0, 10) },
  {
    what: "right after the 202",
    async reach(scene, name) {
      await scene.send(name);
    },
  },
  { what: "job claimed", reach: onLog("job.claimed", 0, 20) },
  {
    what: "while the recording is imported from its URL",
    async reach(scene, name) {
      scene.stallSource(true);
      const claimed = scene.diarist().untilLog((line) => line.event === "job.claimed");
      void scene.send(name, { file: scene.sourceUrl });
      await claimed;
      await scene.pause(50, 500);
    },
  },
  {
    what: "the speech API has just been asked",
    async reach(scene, name) {
      const called = scene.untilCall();
      void scene.send(name);
      await called;
    },
  },
  { what: "in the middle of the call", reach: duringCall },
  {
    what: "while the answer comes in",
    async reach(scene, name) {
      scene.standIn.configure({ faults: [{ do: { kind: "slow_body", body_seconds: LONG_SECONDS } }] });
      const answering = scene.untilCall((call) => call.status === 200);
      void scene.send(name);
      await answering;
      await scene.pause(100, 1_000);
    },
  },
  {
    what: "the answer has just been sent (the gap: paid, not yet stored)",
    async reach(scene, name) {
      const answered = scene.untilCall((call) => call.outcome === "ok");
      void scene.send(name);
      await answered;
    },
  },
  { what: "the raw answer has just been stored", reach: onLog("upstream.answered", 0, 8) },
  {
    what: "the raw answer of a long recording has just been stored",
    words: LONG_ANSWER_WORDS,
    reach: (scene, name) => afterLongAnswer(scene, name, 0, 100),
  },
  {
    what: "while a long transcript is saved in slices",
    words: LONG_ANSWER_WORDS,
    async reach(scene, name) {
      const wanted = scene.oneTo(6);
      await afterLongAnswer(scene, name, 0, 0);
      await scene.untilKept(({ jobs, slices }) => {
        const job = jobs.find(({ webhook_url }) => webhook_url?.endsWith(`/${name}`));
        return slices.filter(({ job_id }) => job_id === job?.id).length >= wanted;
      });
    },
  },
  {
    what: "a translation, between its two calls",
    async reach(scene, name) {
      const stored = scene
        .diarist()
        .untilLog((line) => line.event === "upstream.answered" && line.purpose === "text");
      void scene.send(name, { task: "translate", diarize: "true" });
      await stored;
      await scene.pause(0, 30);
    },
  },
  { what: "job completed, webhook not yet sent", reach: onLog("job.completed", 0, 4) },
  {
    what: "during the webhook",
    async reach(scene, name) {
      scene.answerWebhooks({ status: 204, delayMs: LONG_SECONDS * 1000 });
      void scene.send(name);
      await scene.receiver.waitFor((request) => request.path === `/${name}`, 60_000);
      await scene.pause(0, 300);
    },
  },
  {
    what: "right after the webhook's 204",
    async reach(scene, name) {
      void scene.send(name);
      await scene.receiver.waitFor((request) => request.path === `/${name}`, 60_000);
      await scene.pause(0, 10);
    },
  },
  {
    what: "while a failed webhook waits for its next try",
    async reach(scene, name) {
      scene.answerWebhooks({ status: 500 });
      const failed = scene.diarist().untilLog(isRetry);
      void scene.send(name);
      await failed;
    },
  },
  {
    what: "while the job waits after a 429",
    async reach(scene, name) {
      scene.standIn.configure({ faults: [{ do: { status: 429, headers: { "retry-after": "3" } } }] });
      const waits = scene.diarist().untilLog((line) => line.event === "job.waits");
      void scene.send(name);
      await waits;
    },
  },
  {
    what: "in the middle of the calls for several parts",
    isLong: true,
    async reach(scene, name) {
      scene.standIn.configure({ faults: [{ do: { delay_seconds: LONG_SECONDS } }] });
      const called = scene.untilCall();
      void scene.sendLong(name);
      await called;
      await scene.pause(100, 600);
    },
  },
  {
    what: "some parts are done and others in their calls",
    isLong: true,
    async reach(scene, name) {
      const later = { match: { nth: [2, 3, 4, 5, 6, 7, 8] }, do: { delay_seconds: LONG_SECONDS } };
      scene.standIn.configure({ faults: [later] });
      const stored = scene.diarist().untilLog((line) => line.event === "upstream.answered");
      void scene.sendLong(name);
      await stored;
      await scene.pause(0, 200);
    },
  },
  {
    what: "several parts, at any time",
    isLong: true,
    async reach(scene, name) {
      void scene.sendLong(name);
      await scene.pause(100, 3_000);
    },
  },
  {
    what: "the last of several parts is done, the job is put together",
    isLong: true,
    async reach(scene, name) {
      const linked = scene.diarist().untilLog((line) => line.event === "job.speakers_linked");
      void scene.sendLong(name);
      await linked;
      await scene.pause(0, 20);
    },
  },
  {
    what: "two jobs with the same recording, one of which pays",
    async reach(scene, name) {
      scene.standIn.configure({ faults: [{ do: { delay_seconds: LONG_SECONDS } }] });
      const called = scene.untilCall();
      void scene.send(`${name}-a`, { reuse: "true", prompt: name });
      void scene.send(`${name}-b`, { reuse: "true", prompt: name });
      await called;
      await scene.pause(0, 500);
    },
  },
  {
    what: "ten jobs at once",
    async reach(scene, name) {
      for (let n = 0; n < 10; n++) void scene.send(`${name}-${n}`);
      await scene.pause(200, 4_000);
    },
  },
  {
    what: "again, while it recovers from a kill",
    async reach(scene, name) {
      await duringCall(scene, name);
      scene.diarist().kill("all");
      await scene.diarist().isGone(5_000);
      await scene.start().untilLog(({ event }) => event === "job.claimed" || event === "part.claimed");
      await scene.pause(0, 100);
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
    reach: (scene, name) => afterLongAnswer(scene, name, 0, 100),
  },
];

/** Kills when the Workers' log tells of this event, or a little later. */
function onLog(event: string, fromMs: number, toMs: number): Moment["reach"] {
  return async (scene, name) => {
    const seen = scene.diarist().untilLog((line) => line.event === event);
    void scene.send(name);
    await seen;
    await scene.pause(fromMs, toMs);
  };
}

async function duringCall(scene: Scene, name: string): Promise<void> {
  scene.standIn.configure({ faults: [{ do: { delay_seconds: LONG_SECONDS } }] });
  const called = scene.untilCall();
  void scene.send(name);
  await called;
  await scene.pause(100, 600);
}

/** After a kill in the middle of a call, so that there is something to start with. */
async function whileItStarts(scene: Scene, name: string): Promise<void> {
  await duringCall(scene, name);
  scene.diarist().kill("all");
  await scene.diarist().isGone(5_000);
  scene.start();
  await scene.pause(300, 5_000);
}

/** An answer of 8 MB, which takes a while to be read and laid down. */
async function afterLongAnswer(scene: Scene, name: string, fromMs: number, toMs: number): Promise<void> {
  const body = generateTranscript(LONG_ANSWER_WORDS);
  scene.standIn.configure({ faults: [{ do: { status: 200, body } }] });
  const stored = scene.diarist().untilLog((line) => line.event === "upstream.answered");
  void scene.send(name);
  await stored;
  await scene.pause(fromMs, toMs);
}

async function atAnyTime(scene: Scene, name: string): Promise<void> {
  void scene.send(name);
  await scene.pause(0, 1_200);
}

function isRetry(line: LogLine): boolean {
  return line.event === "delivery.attempted" && line.outcome === "will_retry";
}
