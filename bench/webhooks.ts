/**
 * Webhooks through the real Workers in the local runtime: what bad receivers do to good ones, how many deliveries a
 * second, and what one costs in D1. Run: node bench/webhooks.ts [events], 2,000 unless given
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { close, listen } from "../dev/stand-in/serve.ts";
import { newId } from "../shared/id.ts";
import { eventMessage } from "../shared/queue/message.ts";
import { startDiarist } from "../tests/support/stack/diarist.ts";
import { sumUp, watchOperations } from "./operations/watch-operations.ts";
import { percentile, printTable, requireAtMost } from "./support/table.ts";

const EVENTS = Number(process.argv[2] ?? 2_000);
const EVENTS_A_SECOND = 10;
const HEALTHY = 8;
const TENANT = "local"; // of dev-api-key
const WAIT_MS = 300_000;
/** A healthy endpoint's p95 with bad neighbours, over its p95 without them. */
const MAX_RATIO = 2;
/** Below this a ratio is one of noise. */
const LEAST_P95_MS = 50;

type Kind = "healthy" | "500" | "silent" | "410" | "redirect" | "drip";
const BAD: Kind[] = [
  "500",
  "500",
  "500",
  "500",
  "500",
  "silent",
  "silent",
  "silent",
  "410",
  "410",
  "redirect",
];
type Place = {
  kind: Kind;
  webhook: Webhook;
  /** When each event came, in order; ms since 1970. */
  came: Map<string, number[]>;
};

const operations = watchOperations();
const places = new Map<string, Place>();
const server = createServer((request, response) => void receive(request, response));
const { origin: receiverUrl } = await listen(server);

let unverified = 0;
const diarist = await startDiarist();
console.log(`${EVENTS} events.\n`);
const alone = await run("alone", Array<Kind>(HEALTHY).fill("healthy"));
const crowd = await run("crowd", Array<Kind>(HEALTHY + BAD.length + 1).fill("healthy"));
const among = await run("among", [...Array<Kind>(HEALTHY).fill("healthy"), ...BAD, "drip"]);
const burst = await run("burst", Array<Kind>(HEALTHY).fill("healthy"), { paced: false });
await diarist.close();
const cost = await measureCost();
await close(server);

printTable(
  ["", "endpoints", "deliveries to healthy ones", "twice", "missing", "p50 ms", "p95 ms", "s in all"],
  [
    row(`healthy alone, ${EVENTS_A_SECOND} events a second`, alone),
    row("among twelve more healthy ones", crowd),
    row("among twelve bad ones", among),
    row("healthy alone, all events at once", burst),
  ],
);
const ratio = Math.max(among.p95, LEAST_P95_MS) / Math.max(alone.p95, LEAST_P95_MS);
console.log(`\np95 with bad neighbours over p95 without: ${(among.p95 / alone.p95).toFixed(2)}`);
console.log(`… over p95 with as many good neighbours: ${(among.p95 / crowd.p95).toFixed(2)}`);
console.log(`Deliveries a second when all come at once: ${Math.round(burst.deliveries / burst.seconds)}`);
console.log(`Attempts at bad endpoints meanwhile: ${JSON.stringify(among.bad)}`);
console.log(`D1 for one event to N endpoints, delivered at the first attempt:\n`);
printTable(["endpoints", "trips", "rows read", "rows written", "written a delivery"], cost);

requireAtMost("p95 with bad neighbours over p95 without (both at least 50 ms)", ratio, MAX_RATIO);
for (const result of [alone, crowd, among, burst]) {
  requireAtMost("deliveries that came twice", result.twice, 0);
  requireAtMost("deliveries that did not come", result.missing, 0);
}
requireAtMost("webhooks that standardwebhooks refuses", unverified, 0);
process.exit();

type Result = {
  endpoints: number;
  deliveries: number;
  twice: number;
  missing: number;
  p50: number;
  p95: number;
  seconds: number;
  bad: Record<string, number>;
};

function row(what: string, result: Result): (string | number)[] {
  const { endpoints, deliveries, twice, missing, p50, p95, seconds } = result;
  return [what, endpoints, deliveries, twice, missing, p50.toFixed(0), p95.toFixed(0), seconds.toFixed(1)];
}

/** Makes the endpoints, lets the events happen, waits until every healthy endpoint has every one. */
async function run(name: string, kinds: Kind[], { paced = true } = {}): Promise<Result> {
  const made = await Promise.all(kinds.map((kind, n) => addEndpoint(`${name}-${n}`, kind)));
  const healthy = made.flatMap(({ place }) => (place.kind === "healthy" ? [place] : []));
  const happened = new Map<string, number>();
  const started = Date.now();
  for (let n = 0; n < EVENTS; n += EVENTS_A_SECOND) {
    const count = Math.min(EVENTS_A_SECOND, EVENTS - n);
    const ids = await writeEvents(count);
    for (const id of ids) happened.set(id, Date.now());
    await diarist.stack.queues.notify.sendBatch(ids.map((id) => ({ body: eventMessage(id) })));
    if (paced) await pause(Math.max(0, started + ((n + count) / EVENTS_A_SECOND) * 1_000 - Date.now()));
  }
  const wanted = EVENTS * healthy.length;
  const arrived = () => healthy.reduce((sum, { came }) => sum + came.size, 0);
  for (const until = Date.now() + WAIT_MS; arrived() < wanted && Date.now() < until; ) await pause(50);
  const seconds = (Date.now() - started) / 1_000;
  await pause(2_000); // for what would come twice

  const times = healthy.flatMap(({ came }) => [...came]);
  const waits = times.map(([id, [first]]) => (first ?? Number.NaN) - (happened.get(id) ?? Number.NaN));
  const bad: Record<string, number> = {};
  for (const { place } of made) {
    if (place.kind === "healthy") continue;
    const attempts = [...place.came.values()].reduce((sum, { length }) => sum + length, 0);
    bad[place.kind] = (bad[place.kind] ?? 0) + attempts;
  }
  for (const { id } of made) await diarist.call(`/v1/webhooks/endpoints/${id}`, { method: "DELETE" });
  return {
    endpoints: kinds.length,
    deliveries: arrived(),
    twice: times.filter(([, { length }]) => length > 1).length,
    missing: wanted - arrived(),
    p50: percentile(waits, 0.5),
    p95: percentile(waits, 0.95),
    seconds,
    bad,
  };
}

async function addEndpoint(name: string, kind: Kind, on = diarist): Promise<{ id: string; place: Place }> {
  const response = await on.call("/v1/webhooks/endpoints", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url: `${receiverUrl}/${name}`, rate_limit: 500, events: ["job.completed"] }),
  });
  const { id, secret } = (await response.json()) as { id: string; secret: string }; // our own API's shape
  const place: Place = { kind, webhook: new Webhook(secret), came: new Map() };
  places.set(`/${name}`, place);
  return { id, place };
}

/** Events as finished jobs leave them, not dispatched yet. */
async function writeEvents(count: number, { stack: { db } } = diarist): Promise<string[]> {
  const now = Date.now();
  const rows = Array.from({ length: count }, () => ({ id: newId("evt", now), job: newId("job", now) }));
  const data = { object: "job", status: "completed", options: "x".repeat(500), sequence: 1 };
  const body = JSON.stringify({ type: "job.completed", timestamp: new Date(now).toISOString(), data });
  await db
    .prepare(
      `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
       SELECT value ->> 'id', ?, value ->> 'job', 1, 'job.completed', ?, ?, ? FROM json_each(?)`,
    )
    .bind(TENANT, body, now, now + WAIT_MS, JSON.stringify(rows))
    .run();
  return rows.map(({ id }) => id);
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const place = places.get(request.url ?? "");
  if (!place) return void response.writeHead(404).end();
  const at = Date.now();
  const id = String(request.headers["webhook-id"]);
  place.came.set(id, [...(place.came.get(id) ?? []), at]);
  try {
    place.webhook.verify(Buffer.concat(chunks).toString(), request.headers as Record<string, string>);
  } catch {
    unverified++;
  }
  answer(place.kind, response);
}

function answer(kind: Kind, response: ServerResponse): void {
  if (kind === "silent") return;
  if (kind === "drip") {
    response.writeHead(200);
    const timer = setInterval(() => response.write("."), 500);
    response.on("close", () => clearInterval(timer));
    return;
  }
  if (kind === "redirect") return void response.writeHead(302, { location: "/healthy" }).end();
  response.writeHead(kind === "healthy" ? 204 : Number(kind)).end();
}

/** The Workers again, with their bindings counted. */
async function measureCost(): Promise<(string | number)[][]> {
  const counted = await startDiarist({
    entries: { notify: "bench/operations/notify.ts" },
    onLog: operations.onLog,
  });
  const rows: (string | number)[][] = [];
  let endpoints = 0;
  for (const wanted of [1, 10]) {
    for (; endpoints < wanted; endpoints++) await addEndpoint(`cost-${endpoints}`, "healthy", counted);
    for (const isWarm of [false, true]) {
      const done = await operations.during(async () => {
        const ids = await writeEvents(1, counted);
        await counted.stack.queues.notify.sendBatch(ids.map((id) => ({ body: eventMessage(id) })));
      });
      if (!isWarm) continue;
      const { d1Trips, rowsRead, rowsWritten } = sumUp(done.filter(({ at }) => at.startsWith("queue")));
      rows.push([wanted, d1Trips, rowsRead, rowsWritten, (rowsWritten / wanted).toFixed(1)]);
    }
  }
  await counted.close();
  return rows;
}
