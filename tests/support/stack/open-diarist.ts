import { seedTenant } from "../../../dev/local/seed-tenant.ts";
import { createRecogniser } from "../audio/recogniser.ts";
import { atTheEnd } from "../run/at-the-end.ts";
import { preparedStack } from "../run/prepared.ts";
import { clearTables } from "./clear-tables.ts";
import { startDiarist, type TestDiarist, type TestOptions } from "./diarist.ts";
import { type SlackDiarist, type SlackOptions, startSlackDiarist } from "./slack.ts";

type Hear = NonNullable<TestOptions["recognise"]>;
type Running = { diarist: TestDiarist; signingKey: string; hear: Hear; isFree: boolean };

/** By their settings. Files run one after another in a process, so that one of a kind serves many of them. */
const running = new Map<string, Running>();

/**
 * A Diarist in which nothing has happened yet, whose speech API's stand-in is `recognise`. `close` gives it back for
 * the next file that asks for the same settings. One with a state folder, a port or a Slack is started, and ended.
 */
export async function openDiarist(options: TestOptions = {}): Promise<TestDiarist> {
  const { recognise = createRecogniser(), vars = {}, ...others } = options;
  if (Object.keys(others).length > 0) return startOwn(options);
  const settings = JSON.stringify(vars);
  const free = running.get(settings);
  if (!free?.isFree) return open(settings, vars, recognise);
  free.isFree = false;
  free.hear = recognise;
  await empty(free);
  return free.diarist;
}

/** Beside a stand-in of Slack. */
export async function openSlackDiarist(options: SlackOptions = {}): Promise<SlackDiarist> {
  return startSlackDiarist({ recognise: createRecogniser(), ...options, prepared: await preparedStack() });
}

async function startOwn(options: TestOptions): Promise<TestDiarist> {
  return startDiarist({ recognise: createRecogniser(), ...options, prepared: await preparedStack() });
}

async function open(settings: string, vars: Record<string, string>, hear: Hear): Promise<TestDiarist> {
  const signingKey = vars["SIGNING_KEY"] ?? "a signing key of the tests, long enough";
  const started = await startOwn({
    vars: { ...vars, SIGNING_KEY: signingKey },
    recognise: (path, signal, asked) => one.hear(path, signal, asked),
  });
  const diarist = {
    ...started,
    async close() {
      one.isFree = true;
    },
  };
  const one: Running = { diarist, signingKey, hear, isFree: false };
  if (!running.has(settings)) running.set(settings, one);
  atTheEnd(() => started.close());
  return diarist;
}

/** As it was when it was started. */
async function empty({ diarist, signingKey }: Running): Promise<void> {
  const { db, bucket } = diarist.stack;
  await clearTables(db);
  for (let isMore = true; isMore; ) {
    const { objects, truncated } = await bucket.list();
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    isMore = truncated;
  }
  await seedTenant(db, signingKey);
  await diarist.control({ reset: true });
  await fetch(new URL("/control/calls", diarist.standIn ?? ""), { method: "DELETE" });
  diarist.logs.length = 0;
}
