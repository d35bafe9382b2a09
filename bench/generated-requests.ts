/** 10,000 requests made from the OpenAPI document, each answer held against it. Run: node bench/generated-requests.ts */
import { createRecogniser } from "../tests/support/audio/recogniser.ts";
import { tryRequests } from "../tests/support/clients/try-requests.ts";
import { startDiarist } from "../tests/support/stack/diarist.ts";
import { printTable } from "./support/table.ts";

const REQUESTS = 10_000;
const seed = Number(process.argv[2] ?? Date.now() % 2 ** 31);

console.log(`Seed ${seed}; to repeat: npm run bench -- generated-requests ${seed}\n`);
const started = performance.now();
const diarist = await startDiarist({ recognise: createRecogniser() });
const { requests, byStatus, operations } = await tryRequests(diarist, REQUESTS, seed);
await diarist.close();
const seconds = Math.round((performance.now() - started) / 1000);
console.log(
  `${requests} requests to ${operations} operations in ${seconds} s, no answer but as documented.\n`,
);
printTable(["status", "answers"], Object.entries(byStatus));
process.exit();
