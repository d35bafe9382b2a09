/**
 * Kills Diarist with SIGKILL and checks that nothing was lost, paid twice, told wrong or left behind:
 *
 *   npm run chaos                              at every moment of a job, then a storm
 *   npm run chaos -- --recovery deployed       only as deployed: leases run out, nothing is given back at a start
 *   npm run chaos -- --only "webhook"          only at these moments
 *   npm run chaos -- --seed 7 --jobs 200       only a storm: orders of all kinds among kills and faults of all kinds
 *
 * Exits with 1 on any violation, says what broke and with which seed. The speech API's stand-in, the webhook receiver
 * and a host of recordings live in this process and so survive; what Diarist kept is read from the files of D1 and R2
 * themselves.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePortWithNext } from "../../dev/local/free-port.ts";
import { createRandom, type Random } from "../../dev/marker-speech/random.ts";
import { randomScript } from "../../dev/marker-speech/random-script.ts";
import { bytesOf, record, TALK } from "../../tests/support/audio/recordings.ts";
import { printTable } from "../support/table.ts";
import { prepareWorkers } from "./deployed/prepare.ts";
import { openWeather } from "./deployed/weather.ts";
import { openScene } from "./scene.ts";
import { runStorm } from "./storm/storm.ts";
import { type FaultFor, upstreamFaults } from "./storm/upstream-faults.ts";
import { strikeMoments } from "./strike-moments.ts";

const STORM_JOBS = 60;
const RECOVERIES = ["local", "deployed"] as const;
type Recovery = (typeof RECOVERIES)[number];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    recovery: { type: "string", default: "both" },
    jobs: { type: "string" },
  },
});
const recoveries = RECOVERIES.filter((one) => ["both", one].includes(values.recovery));
if (recoveries.length === 0) throw new Error("--recovery takes local, deployed or both");
const seed = Number(values.seed);
const recording = await record(TALK);
const longRecording = await record(randomScript({ words: 90, speakers: 2, seconds: 45, seed: 3 }));
const violations: string[] = [];

for (let round = 1; values.jobs === undefined && round <= Number(values.rounds); round++) {
  for (const recovery of recoveries) violations.push(...(await moments(recovery, seed + round - 1)));
}
if (values.jobs !== undefined || (values.only === "" && recoveries.includes("deployed"))) {
  violations.push(...(await storm(Number(values.jobs ?? STORM_JOBS))));
}
if (violations.length > 0) {
  console.error(`\nSeed ${seed}: ${violations.length} violations:\n${violations.join("\n")}`);
  process.exit(1);
}
console.log("\nNo violation.");
process.exit();

async function moments(recovery: Recovery, roundSeed: number): Promise<string[]> {
  console.log(`\nAt every moment, recovery ${recovery}, seed ${roundSeed}`);
  const isDeployed = recovery === "deployed";
  const { statePath, scene, close } = await open(isDeployed, createRandom(roundSeed));
  const rows: (string | number)[][] = [];
  const found = new Set<string>();
  const strikes = { scene, statePath, recording, longRecording, isDeployed };
  await strikeMoments(strikes, values.only, rows, found);
  console.log();
  printTable(
    ["killed", "at the moment", "found on disk", "up again s", "all done s", "calls", "webhooks", ""],
    rows,
  );
  await close(found.size === 0);
  return [...found];
}

async function storm(jobs: number): Promise<string[]> {
  console.log(`\nA storm, ${jobs} orders, seed ${seed}`);
  const random = createRandom(seed);
  const { statePath, scene, weather, close } = await open(true, random, upstreamFaults(random));
  if (!weather) throw new Error("a storm has weather");
  const found = await runStorm({ scene, weather, statePath, recording, longRecording, jobs, random });
  await close(found.length === 0);
  return found;
}

/** An empty Diarist and what is around it. */
async function open(isDeployed: boolean, random: Random, faultFor?: FaultFor) {
  const folder = await mkdtemp(join(tmpdir(), "diarist-chaos-"));
  const statePath = join(folder, "state");
  const weather = isDeployed ? await openWeather() : null;
  const deployed = weather ? { weather, prepared: await prepareWorkers(folder, weather.url) } : null;
  const scene = await openScene({
    clip: await bytesOf(recording),
    longClip: await bytesOf(longRecording),
    statePath,
    port: await freePortWithNext(),
    random,
    deployed,
    ...(faultFor ? { faultFor } : {}),
  });
  return {
    statePath,
    scene,
    weather,
    async close(isClean: boolean) {
      await scene.close();
      await weather?.close();
      if (isClean) await rm(folder, { recursive: true, force: true });
      else console.log(`State and log kept in ${folder}`);
    },
  };
}
