/**
 * `npm start` is killed with SIGKILL ten times while it works on ten hours of audio, and started again. The result must
 * be exact, and what was answered, and so paid for, at most one call a part, one that identifies speakers and one for each kill.
 * Requests that were still running at a kill are lost with it, as many as were under way; they are counted apart.
 * Run: node bench/ten-hours-killed.ts [--kills 10] [--hours 10] [--words 100000] [--seed 1] [--concurrency 10].
 * Needs ffmpeg.
 */

import { openAsBlob } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePortWithNext } from "../dev/local/free-port.ts";
import { DEV_API_KEY } from "../dev/local/seed-tenant.ts";
import { createRandom } from "../dev/marker-speech/random.ts";
import { recognise } from "../dev/recognise/recognise.ts";
import { createTogetherStandIn } from "../dev/together/server.ts";
import { TENANT_CONCURRENCY_FRACTION } from "../shared/limits.ts";
import { parseTranscript } from "../shared/transcript/parse-transcript.ts";
import { createRecogniser } from "../tests/support/audio/recogniser.ts";
import { encode, record } from "../tests/support/audio/recordings.ts";
import type { ShownJob } from "../tests/support/stack/diarist.ts";
import { startDiaristProcess } from "./chaos/diarist-process.ts";
import { longMeeting } from "./support/long-meeting.ts";
import { scoreTranscript } from "./support/score-transcript.ts";
import { requireAtMost } from "./support/table.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "10" },
    hours: { type: "string", default: "10" },
    words: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    concurrency: { type: "string", default: "10" },
  },
});
/** Slow enough that the job outlives its kills. */
const SECONDS_PER_AUDIO_MINUTE = 0.15;
/** A life is this long at most, from the first claim after the start. */
const LONGEST_LIFE_MS = 8_000;
const GONE_TIMEOUT_MS = 10_000;
const LONGEST_JOB_MS = 900_000;

const recording = await encode(
  await record(longMeeting({ hours: Number(values.hours), words: Number(values.words), seed: 10 })),
  "mp3",
  "-b:a 64k",
);
const random = createRandom(Number(values.seed));
const statePath = await mkdtemp(join(tmpdir(), "diarist-ten-hours-"));
const port = await freePortWithNext();
const api = `http://127.0.0.1:${port}/v1/jobs`;
const headers = { authorization: `Bearer ${DEV_API_KEY}` };
const standIn = createTogetherStandIn({
  recognise: createRecogniser(recognise),
  settings: { seconds_per_audio_minute: SECONDS_PER_AUDIO_MINUTE },
});
const env = {
  TOGETHER_API_KEY: "stand-in",
  TOGETHER_BASE_URL: new URL("/v1", await standIn.listen(0)).href,
  UPSTREAM_CONCURRENCY: values.concurrency,
};
const start = () => startDiaristProcess({ port, statePath, env, onLog: () => {} });

let diarist = start();
await diarist.ready;
let claimed = diarist.untilLog(({ event }) => event === "part.claimed");
const response = await fetch(`${api}?reuse=false`, {
  method: "POST",
  headers: { ...headers, "content-type": "audio/mpeg" },
  body: await openAsBlob(recording.path),
});
if (!response.ok) throw new Error(await response.text());
const { id } = (await response.json()) as ShownJob;

for (let kill = 1; kill <= Number(values.kills); kill++) {
  await Promise.race([claimed, sleep(GONE_TIMEOUT_MS)]);
  await sleep(random() * LONGEST_LIFE_MS);
  const { status, progress } = await readJob();
  diarist.kill("all");
  if (!(await diarist.isGone(GONE_TIMEOUT_MS))) throw new Error("it was not gone after the kill");
  console.log(`kill ${kill}: ${status}, ${progress.parts_done} of ${progress.parts_total} parts done`);
  diarist = start();
  claimed = diarist.untilLog(({ event }) => event === "part.claimed" || event === "job.completed");
  await diarist.ready;
}
const job = await finished();
const transcript = await fetch(`${api}/${id}/transcript`, { headers });
const parsed = parseTranscript(await transcript.text());
if (!parsed.ok) throw new Error(parsed.error.detail);
const score = scoreTranscript(parsed.value, recording.truth);
for (const problem of score.problems) console.error(problem);

const parts = job.progress.parts_total;
const calls = standIn.calls();
const answered = calls.filter(({ outcome }) => outcome === "ok").length;
const atOnce = Math.max(1, Math.floor(Number(values.concurrency) * TENANT_CONCURRENCY_FRACTION));
const kills = Number(values.kills);
console.log(
  `\n${kills} kills, ${parts} parts, at most ${atOnce} under way: ${calls.length} requests, ${answered} of them answered; ` +
    `${score.problems.length} errors in ${recording.truth.words.length} words`,
);
requireAtMost("errors", score.problems.length, 0);
requireAtMost("answered calls", answered, parts + 1 + kills);
requireAtMost("requests", calls.length, parts + 1 + kills * atOnce);
diarist.kill("all");
await diarist.isGone(GONE_TIMEOUT_MS);
await standIn.close();
await rm(statePath, { recursive: true, force: true });
process.exit();

async function readJob(): Promise<ShownJob> {
  return (await (await fetch(`${api}/${id}`, { headers })).json()) as ShownJob;
}

async function finished(): Promise<ShownJob> {
  for (const until = Date.now() + LONGEST_JOB_MS; Date.now() < until; await sleep(500)) {
    const now = await readJob();
    if (now.status === "completed") return now;
    if (now.status === "failed" || now.status === "canceled") throw new Error(JSON.stringify(now.error));
  }
  throw new Error(`${id} did not finish`);
}
