import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { parseTranscript } from "../../shared/transcript/parse-transcript.ts";
import { compareWithTruth } from "../../tests/support/audio/compare-with-truth.ts";
import type { Recording } from "../../tests/support/audio/recordings.ts";
import { audit, describeFound, isQuiet } from "./audit.ts";
import { type KeptJob, readKeptState } from "./kept-state.ts";
import { MOMENTS, type Moment } from "./moments.ts";
import type { Scene } from "./scene.ts";

const REACH_TIMEOUT_MS = 60_000;
/** A killed group is gone at once; what was left by a killed part has this long to leave by itself. */
const GONE_TIMEOUT_MS = 10_000;
/** A delivery whose Worker was killed is free after 30 s, and the sweep comes every 10 s. */
const QUIET_TIMEOUT_MS = 120_000;

type Strikes = {
  scene: Scene;
  statePath: string;
  recording: Recording;
  longRecording: Recording;
  /** Whether it runs as deployed, where there is no npm. */
  isDeployed: boolean;
};

/** Kills at each moment whose name has `only` in it, and adds what it found to `rows` and `violations`. */
export async function strikeMoments(
  { scene, statePath, recording, longRecording, isDeployed }: Strikes,
  only: string,
  rows: (string | number)[][],
  violations: Set<string>,
): Promise<void> {
  const killedAt: number[] = [];
  const checked = new Set<string>();
  await scene.start().ready;
  for (const [n, moment] of MOMENTS.entries()) {
    if (moment.what.includes(only)) await strike(moment, `moment-${n + 1}`);
  }

  async function strike(moment: Moment, name: string): Promise<void> {
    const wanted = moment.victim ?? "all";
    const victim = isDeployed && wanted === "npm" ? "all" : wanted;
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
    killedAt.push(Date.now());
    const dead = readKeptState(statePath);
    scene.standIn.configure({ reset: true });
    scene.answerWebhooks(null);
    scene.stallSource(false);
    scene.outlastLeases();

    const started = performance.now();
    const failure = await scene.start().ready.catch(String);
    if (failure !== undefined) return void add(`a new start failed: ${failure}`);
    const up = performance.now();
    await waitUntilQuiet();
    const done = performance.now();
    const kept = readKeptState(statePath);
    const observed = {
      ...scene,
      calls: scene.standIn.calls(),
      received: scene.receiver.received,
      killedAt,
      endOf: () => ["completed"],
    };
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
    for (const until = performance.now() + QUIET_TIMEOUT_MS; performance.now() < until; ) {
      if (isQuiet(readKeptState(statePath))) return;
      await scene.passTime();
    }
  }

  /** The transcript as the API gives it is the one that was hashed, and says what was said. */
  async function checkTranscript(job: KeptJob, { words, isLong }: Moment): Promise<string[]> {
    if (job.status !== "completed" || checked.has(job.id)) return [];
    checked.add(job.id);
    const response = await fetch(`${scene.base}/v1/jobs/${job.id}/transcript`, { headers: scene.headers });
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
}
