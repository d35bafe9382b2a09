/**
 * How fast Slack is answered while Slack's own API takes five seconds over everything: 500 events of shared recordings,
 * first paced, then all at once, and whether each was kept and became a job in the end. Run: node bench/slack-answer.ts
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Recognition } from "../dev/recognise/recognise.ts";
import type { Delivery } from "../dev/slack/deliver.ts";
import { makeWav } from "../tests/support/audio/wav.ts";
import { startSlackDiarist } from "../tests/support/stack/slack.ts";
import { count } from "../tests/support/stack/storage.ts";
import { percentile, printTable, requireAtMost } from "./support/table.ts";

const EVENTS = 500;
const EVENTS_A_SECOND = 25;
const SLOW_SECONDS = 5;
/** Slack gives up after 3,000, and sends it again. */
const MAX_P99_MS = 1_000;
const WAIT_MS = 300_000;

const recognised = {
  container: "wav",
  codec: "pcm",
  duration: 1,
  heard: "activity",
  words: [],
  speech: [],
} satisfies Recognition;
const diarist = await startSlackDiarist({ recognise: async () => recognised });
const { slack } = diarist;
slack.configure({ echo: false, faults: [{ do: { delay_seconds: SLOW_SECONDS } }] });
const bytes = makeWav(1);

const paced = await run(EVENTS_A_SECOND);
const burst = await run(EVENTS);
slack.configure({ faults: [] });
const missing = await countMissing();
await diarist.close();

const row = (what: string, { took, again }: typeof paced) => [
  what,
  took.length,
  ...[0.5, 0.95, 0.99, 1].map((share) => percentile(took, share).toFixed(0)),
  again,
];
printTable(
  ["", "events", "p50 ms", "p95 ms", "p99 ms", "most ms", "sent again"],
  [row(`${EVENTS_A_SECOND} events a second`, paced), row("all at once", burst)],
);
console.log(`\n${EVENTS - missing} jobs of ${EVENTS} recordings.`);
requireAtMost("p99 of the paced answers, ms", percentile(paced.took, 0.99), MAX_P99_MS);
requireAtMost("paced events that Slack sent again", paced.again, 0);
requireAtMost("recordings without a job in the end", missing, 0);
process.exit();

/** Shares recordings, two events each, so that this many events a second leave; gives what each answer took, in ms. */
async function run(perSecond: number): Promise<{ took: number[]; again: number }> {
  const told: Promise<Delivery[]>[] = [];
  const started = Date.now();
  for (let n = 0; n < EVENTS / 2; n++) {
    told.push(slack.userActions.shareFile({ channel: "general", file: { name: "talk.wav", bytes } }).told);
    const due = started + (((n + 1) * 2) / perSecond) * 1_000;
    if (perSecond < EVENTS) await pause(Math.max(0, due - Date.now()));
  }
  const attempts = (await Promise.all(told)).flat().map((delivery) => delivery.attempts);
  return {
    took: attempts.map(([first]) => first?.took_ms ?? Number.NaN),
    again: attempts.filter(({ length }) => length > 1).length,
  };
}

/** How many of the recordings have no job, now that Slack's API is fast again. */
async function countMissing(): Promise<number> {
  const jobs = () => count(diarist.stack.db, "SELECT count(*) AS n FROM jobs");
  for (const until = Date.now() + WAIT_MS; Date.now() < until; await pause(500)) {
    if ((await jobs()) >= EVENTS) break;
  }
  return EVENTS - (await jobs());
}
