/**
 * Diarist as deployed, for the chaos: `npm start` without the page's words, whose Workers run among faults and on a clock
 * that is told from outside, and which gives back no claims when it starts: leases run out, as in a deployment.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { leaveWithWorkerd } from "../../../dev/local/leave-with-workerd.ts";
import type { PreparedStack } from "../../../dev/local/local-stack.ts";
import { runLocal } from "../../../dev/local/run-local.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "" },
    state: { type: "string", default: "" },
    prepared: { type: "string", default: "" },
  },
});
await runLocal({
  port: Number(values.port),
  statePath: values.state,
  recovery: "deployed",
  prepared: JSON.parse(await readFile(values.prepared, "utf8")) as PreparedStack, // prepare.ts wrote it
  onLog: console.log,
});
leaveWithWorkerd();
console.log("Diarist is up");
