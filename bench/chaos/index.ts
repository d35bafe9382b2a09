/**
 * Kills `npm start` with SIGKILL at every moment of a job, starts it again, and checks that nothing was lost, paid
 * twice or told wrong: `npm run chaos [-- --rounds 1 --seed 1 --only "webhook"]`. Exits with 1 on any violation.
 *
 * The speech API's stand-in and the webhook receiver live in this process and so survive; what Diarist kept is read
 * from the files of D1 and R2 themselves.
 */

import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort } from "../../dev/local/free-port.ts";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { createRandom } from "../../dev/marker-speech/random.ts";
import { randomScript } from "../../dev/marker-speech/random-script.ts";
import { parseTranscript } from "../../shared/transcript/parse-transcript.ts";
import { compareWithTruth } from "../../tests/support/audio/compare-with-truth.ts";
import { bytesOf, record, TALK } from "../../tests/support/audio/recordings.ts";
import { printTable } from "../support/table.ts";
import { audit, describeFound, isQuiet } from "./audit.ts";
import { type KeptJob, readKeptState } from "./kept-state.ts";
import { MOMENTS, type Moment } from "./moments.ts";
import { openScene } from "./scene.ts";

const REACH_TIMEOUT_MS = 60_000;
/** A killed group is gone at once; what was left by a killed part has this long to leave by itself. */
const GONE_TIMEOUT_MS = 10_000;
/** A delivery whose Worker was killed is free after 30 s, and the sweep comes every 10 s. */
const QUIET_TIMEOUT_MS = 120_000;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const statePath = await mkdtemp(join(tmpdir(), "diarist-chaos-"));
const port = await freePort();
const base = `http://127.0.0.1:${port}`;
const recording = await record(TALK);
const longRecording = await record(randomScript({ words: 90, speakers: 2, seconds: 45, seed: 3 }));
const scene = await openScene({
  clip: await bytesOf(recording),
  longClip: await bytesOf(longRecording),
  statePath,
  port,
  random: createRandom(Number(values.seed)),
});
const kills = new Map<string, number>();
const checked = new Set<string>();
const violations = new Set<string>();
const rows: (string | number)[][] = [];

console.log(`Seed ${values.seed}, state in ${statePath}`);
await scene.start().ready;
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const [n, moment] of MOMENTS.entries()) {
    if (moment.what.includes(values.only)) await strike(moment, `round-${round}-moment-${n + 1}`);
  }
}
await scene.close();
console.log();
printTable(
  ["killed", "at the moment", "found on disk", "up again s", "all done s", "calls", "webhooks", ""],
  rows,
);
if (violations.size > 0) {
  console.error(
    `\n${violations.size} violations (state kept in ${statePath}):\n${[...violations].join("\n")}`,
  );
  process.exit(1);
}
console.log(`\n${rows.length} kills, ${readKeptState(statePath).jobs.length} jobs, no violation.`);
await rm(statePath, { recursive: true, force: true });
process.exit();

async function strike(moment: Moment, name: string): Promise<void> {
  const victim = moment.victim ?? "all";
  const before = {
    jobs: new Set(readKeptState(statePath).jobs.map(({ id }) => id)),
    calls: scene.standIn.calls().length,
    webhooks: scene.receiver.received.length,
  };
  const isNew = (job: KeptJob) => !before.jobs.has(job.id);
  const found = new Set(violations);
  const add = (problem: string) => violations.add(`${victim}, ${moment.what}: ${problem}`);

  const reached = await Promise.race([moment.reach(scene, name), sleep(REACH_TIMEOUT_MS, "too late")]);
  if (reached === "too late") add("the moment did not come");
  try {
    scene.diarist().kill(victim);
  } catch (error) {
    add(String(error));
  }
  if (!(await scene.diarist().isGone(GONE_TIMEOUT_MS))) {
    add(`processes were left ${GONE_TIMEOUT_MS} ms after it`);
    scene.diarist().kill("all");
    await scene.diarist().isGone(GONE_TIMEOUT_MS);
  }
  const dead = readKeptState(statePath);
  for (const job of dead.jobs) {
    if (!job.status.startsWith("c")) kills.set(job.id, (kills.get(job.id) ?? 0) + 1);
  }
  scene.standIn.configure({ reset: true });
  scene.answerWebhooks(null);
  scene.stallSource(false);

  const started = performance.now();
  const failure = await scene.start().ready.catch(String);
  if (failure !== undefined) return void add(`a new npm start failed: ${failure}`);
  const up = performance.now();
  await waitUntilQuiet();
  const done = performance.now();
  const kept = readKeptState(statePath);
  const observed = { ...scene, calls: scene.standIn.calls(), received: scene.receiver.received, kills };
  for (const problem of audit(kept, observed)) violations.add(problem);
  for (const job of kept.jobs.filter(isNew))
    for (const problem of await checkTranscript(job, moment)) add(problem);

  const isClean = violations.size === found.size;
  rows.push([
    victim,
    moment.what,
    describeFound(dead, isNew),
    ((up - started) / 1000).toFixed(1),
    ((done - started) / 1000).toFixed(1),
    scene.standIn.calls().length - before.calls,
    scene.receiver.received.length - before.webhooks,
    isClean ? "ok" : "VIOLATION",
  ]);
  console.log(rows.at(-1)?.join("  ·  "));
}

async function waitUntilQuiet(): Promise<void> {
  for (const until = Date.now() + QUIET_TIMEOUT_MS; Date.now() < until; await sleep(200)) {
    if (isQuiet(readKeptState(statePath))) return;
  }
}

/** The transcript as the API gives it is the one that was hashed, and says what was said. */
async function checkTranscript(job: KeptJob, { words, isLong }: Moment): Promise<string[]> {
  if (job.status !== "completed" || checked.has(job.id)) return [];
  checked.add(job.id);
  const response = await fetch(`${base}/v1/jobs/${job.id}/transcript`, {
    headers: { authorization: `Bearer ${DEV_API_KEY}` },
  });
  const json = await response.text();
  const parsed = parseTranscript(json);
  if (!parsed.ok) return [`${job.id}'s transcript is none: ${parsed.error.detail}`];
  const hash = createHash("sha256").update(json).digest("hex");
  return [
    ...(JSON.parse(job.result ?? "{}").transcript_sha256 === hash
      ? []
      : [`${job.id}'s transcript is not what was hashed`]),
    ...(words === undefined
      ? compareWithTruth(parsed.value, (isLong ? longRecording : recording).truth)
      : parsed.value.words.length === words
        ? []
        : [
            `${job.id} has ${parsed.value.words.length} words and not ${words}: the stored answer was not used`,
          ]),
  ];
}
