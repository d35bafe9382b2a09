/**
 * A transcript of ten hours and 100,000 words in every format, through HTTP: how long it takes beside the JSON as it is
 * kept, with and without corrections. Every isolate gets 80 MB of JavaScript heap, where Cloudflare gives 128: one that
 * needed more would take workerd down, and the benchmark with it. Run: node bench/exports.ts [--words 100000]
 */
import { parseArgs } from "node:util";
import type { Edit } from "../shared/edits/layer.ts";
import { TRANSCRIPT_FORMATS } from "../shared/job.ts";
import { blocksOf } from "../shared/search/block.ts";
import { saveSearchBlocks } from "../shared/storage/search.ts";
import { saveSlices } from "../shared/storage/transcripts.ts";
import { serializeTranscript } from "../shared/transcript/serialize-transcript.ts";
import { sliceText } from "../shared/transcript/slices.ts";
import { generateTranscript } from "../tests/support/audio/generated-transcript.ts";
import { startDiarist } from "../tests/support/stack/diarist.ts";
import { complete, insertClaimedJob } from "../tests/support/stack/jobs.ts";
import { watchIsolate } from "./support/isolate-memory.ts";
import { printTable } from "./support/table.ts";

const EDITS = 5_000;

const { values } = parseArgs({ options: { words: { type: "string", default: "100000" } } });
process.env["MINIFLARE_WORKERD_V8_FLAGS"] ??= "--max-heap-size=80";
const transcript = generateTranscript(Number(values.words), 7);
const diarist = await startDiarist({ inspect: true });
const { db, inspectorUrl } = diarist.stack;

const claimed = await insertClaimedJob(db, { tenantId: "local" });
const json = serializeTranscript(transcript);
if (!(await saveSlices(db, claimed, sliceText(json)))) throw new Error("the claim was lost");
const blocks = blocksOf(transcript);
await saveSearchBlocks(db, claimed, blocks);
const job = await complete(db, claimed);
console.log(
  `${transcript.words.length} words, ${(transcript.duration / 3600).toFixed(1)} h, ${(json.length / 1e6).toFixed(1)} MB of JSON, ${blocks.length} search blocks`,
);

const path = `/v1/jobs/${job.id}`;
const rows: (string | number)[][] = [];
const floor = await measure("verbose_json, as it is kept", () => diarist.call(`${path}/transcript`));
for (const format of TRANSCRIPT_FORMATS.filter((each) => each !== "verbose_json")) {
  await measure(format, () => diarist.call(`${path}/transcript?format=${format}`));
}
await measure("flags", () => diarist.call(`${path}/flags`));
await measure(`${EDITS} corrections saved`, () => {
  const step = Math.floor(transcript.words.length / EDITS);
  const edits = Array.from({ length: EDITS }, (_, n): Edit => {
    const id = n * step;
    return { from: id, to: id, text: `corrected${n}` };
  });
  const headers = { "content-type": "application/json", "if-match": "*" };
  return diarist.call(`${path}/edits`, { method: "PUT", headers, body: JSON.stringify({ edits }) });
});
for (const format of TRANSCRIPT_FORMATS) {
  await measure(`${format}, corrected`, () => diarist.call(`${path}/transcript?format=${format}`));
}
printTable(["", "answer MB", "ms", "× as it is kept", "ingest isolate between turns, MB"], rows);
process.exit();

async function measure(name: string, ask: () => Promise<Response>): Promise<number> {
  const isolate = inspectorUrl && (await watchIsolate(inspectorUrl, "diarist-ingest"));
  const started = performance.now();
  const response = await ask();
  const bytes = (await response.arrayBuffer()).byteLength;
  const ms = performance.now() - started;
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  const peak = isolate ? isolate.stop() : 0;
  const ratio = rows.length === 0 ? 1 : ms / floor;
  rows.push([name, (bytes / 1e6).toFixed(1), ms.toFixed(0), ratio.toFixed(1), peak.toFixed(0)]);
  return ms;
}
