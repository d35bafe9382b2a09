/**
 * Searching 10,000 transcripts of five minutes, two tenants in equal shares, in a local D1: time in D1 and rows
 * read per query beside a LIKE over the same blocks, which is what there would be without an index. Fails when a word that is in few
 * transcripts costs more than a tenth of LIKE, or when rows read grow with more than what is found.
 * Run: node bench/search.ts [--transcripts 10000]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { migrate } from "../dev/local/migrate.ts";
import { ROOT } from "../dev/root.ts";
import { blocksOf } from "../shared/search/block.ts";
import { parseQuery } from "../shared/search/query.ts";
import { findBlocks } from "../shared/storage/search.ts";
import { insertTenant } from "../shared/storage/tenants.ts";
import type { Transcript } from "../shared/transcript/transcript.ts";
import { pickOne, seededRandom } from "../tests/support/audio/generated-transcript.ts";
import { printTable, requireAtMost } from "./support/table.ts";

const WORDS_EACH = 800;
const PAGE = 20;
const ROUNDS = 15;
const MAX_RATIO = 0.1;
const TENANTS = ["ten_a", "ten_b"] as const;

const { values } = parseArgs({ options: { transcripts: { type: "string", default: "10000" } } });
const count = Number(values.transcripts);
const random = seededRandom(3);
/** Few words are said often and many seldom, as in any language (Zipf). */
const vocabulary = Array.from(
  { length: 20_000 },
  (_, n) => `${pickOne(random, ["ka", "lo", "mi", "tre"])}${n.toString(36)}`,
);
const sayWord = () => vocabulary[Math.floor(vocabulary.length ** random()) - 1] ?? "a";

const folder = await mkdtemp(join(tmpdir(), "diarist-search-"));
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script: "export default { fetch: () => new Response() }",
    compatibilityDate: "2026-10-20",
    d1Databases: ["DB"],
    resourcePersistencePath: folder,
  }),
);
const db = await miniflare.getD1Database("DB");
await migrate(db, join(ROOT, "migrations"));
for (const id of TENANTS) await insertTenant(db, { id, name: id, createdAt: 0 }, "sealed");
const filled = performance.now();
await fill();
const { results: sizes } = await db
  .prepare(
    "SELECT (SELECT count(*) FROM search_blocks) AS blocks, (SELECT sum(length(block)) FROM search_index_data) AS bytes, (SELECT sum(octet_length(text)) FROM search_blocks) AS text",
  )
  .all<{ blocks: number; bytes: number; text: number }>();
const [size] = sizes;
console.log(
  `${count} transcripts, ${count * WORDS_EACH} words, ${size?.blocks} blocks; text ${((size?.text ?? 0) / 1e6).toFixed(0)} MB, index ${((size?.bytes ?? 0) / 1e6).toFixed(0)} MB; filled in ${((performance.now() - filled) / 1000).toFixed(0)} s`,
);

const rows: (string | number)[][] = [];
await measure("a word in one transcript", "needle");
await measure("a word in a hundred", "seldom");
await measure("a word in nearly all", vocabulary[1] ?? "");
await measure("two words of one block", `needle ${vocabulary[2]}`);
await measure("a phrase", '"find the needle"');
await measure("a beginning", "need*");
await measure("a word nobody said", "absent");
await measure("a word only another tenant said", "foreign");
printTable(
  [
    "a page of 20 blocks with",
    "ms",
    "rows read",
    "blocks found",
    "LIKE, ms",
    "LIKE, rows read",
    "ratio of time",
  ],
  rows,
);
await miniflare.dispose();
await rm(folder, { recursive: true, force: true });
process.exit();

async function measure(name: string, q: string): Promise<void> {
  const match = parseQuery(q) ?? "";
  const times: number[] = [];
  let read = 0;
  let found = 0;
  const counting = watchStatements(db, ({ rows_read: rowsRead, duration }) => {
    read = rowsRead;
    times.push(duration);
  });
  for (let round = 0; round < ROUNDS; round++) {
    found = (await findBlocks(counting, TENANTS[0], { match }, PAGE)).blocks.length;
  }
  const likes: number[] = [];
  let likeRead = 0;
  const pattern = `%${q.replaceAll(/["*]/g, "").split(" ")[0]}%`;
  for (let round = 0; round < ROUNDS; round++) {
    const { meta } = await db
      .prepare(
        `SELECT id, job_id, text FROM search_blocks WHERE tenant_id = ? AND text LIKE ? ORDER BY id DESC LIMIT ?`,
      )
      .bind(TENANTS[0], pattern, PAGE)
      .all();
    likes.push(meta.duration);
    likeRead = meta.rows_read;
  }
  const [fast, slow] = [mean(times), mean(likes)];
  rows.push([
    name,
    fast.toFixed(2),
    read,
    found,
    slow.toFixed(2),
    likeRead,
    slow > 0 ? (fast / slow).toFixed(3) : "—",
  ]);
  // Where every second block has the word, LIKE is done after a page as well.
  if (likeRead > count) requireAtMost(`${name}: time beside LIKE`, fast / slow, MAX_RATIO);
  requireAtMost(`${name}: rows read for each block found`, read / Math.max(found, 1), 6);
}

/** D1 counts whole milliseconds, so that a median would tell nothing of a query that takes less. */
function mean(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

/** The database, telling of each statement what it cost in D1 itself, without the way there. */
function watchStatements(database: D1Database, tell: (meta: D1Meta) => void): D1Database {
  const watch = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, key) {
        if (key === "bind") return (...values: unknown[]) => watch(target.bind(...values));
        if (key !== "all") return Reflect.get(target, key);
        return async () => {
          const result = await target.all();
          tell(result.meta);
          return result;
        };
      },
    });
  return new Proxy(database, {
    get(target, key) {
      if (key === "prepare") return (sql: string) => watch(target.prepare(sql));
      return Reflect.get(target, key);
    },
  });
}

/** The rows that `count` finished jobs leave, a hundred transcripts a statement. */
async function fill(): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    const blocks: object[] = [];
    for (let n = from; n < Math.min(from + 100, count); n++) {
      for (const block of blocksOf(talk(n)).toReversed()) {
        blocks.push({ job: jobId(n), tenant: TENANTS[n % 2], ...block });
      }
    }
    const insertJobs = db
      .prepare(
        `INSERT OR IGNORE INTO jobs (id, tenant_id, status, stage, task, options, audio, metadata, tags, created_at)
         SELECT DISTINCT value ->> 'job', value ->> 'tenant', 'completed', 'done', 'transcribe', '{}', '{}', '{}', '[]', 0
         FROM json_each(?)`,
      )
      .bind(JSON.stringify(blocks.map((block) => ({ ...block, text: "", words: 0 }))));
    const lists = Array.from({ length: 10 }, (_, part) => blocks.filter((__, n) => n % 10 === part));
    const insertBlocks = lists.map((list) =>
      db
        .prepare(
          `INSERT INTO search_blocks (job_id, tenant_id, n, text, words)
           SELECT value ->> 'job', value ->> 'tenant', value ->> 'n', value ->> 'text', value ->> 'words' FROM json_each(?)`,
        )
        .bind(JSON.stringify(list)),
    );
    await db.batch([insertJobs, ...insertBlocks]);
  }
}

function jobId(n: number): string {
  return `job_0${String(n).padStart(25, "0")}`;
}

function talk(n: number): Transcript {
  const said = Array.from({ length: WORDS_EACH }, sayWord);
  if (n === Math.floor(count / 4) * 2)
    said.splice(500, 5, "find", "the", "needle", vocabulary[2] ?? "", "here");
  if (n % Math.max(2, Math.floor(count / 200)) === 0) said[300] = "seldom";
  if (n % 2 === 1) said[100] = "foreign";
  const words = said.map((word, id) => ({
    id,
    word,
    start: id * 0.375,
    end: id * 0.375 + 0.3,
    speaker_id: "SPEAKER_00",
  }));
  return { language: "en", duration: 300, text: "", segments: [], words, speaker_segments: [] };
}
