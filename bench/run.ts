/** Runs every benchmark of this folder, or the named ones: `npm run bench`, `npm run bench -- job-overhead`. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

/** This file, and what `npm run chaos` runs. */
const OTHERS = ["run", "chaos"];

/** Each by name: one file, or a folder with an `index.ts`. */
const benches = new Map(
  globSync(["*.ts", "*/index.ts"], { cwd: import.meta.dirname })
    .sort()
    .map((file) => [file.replace(/(\/index)?\.ts$/, ""), join(import.meta.dirname, file)] as const)
    .filter(([name]) => !OTHERS.includes(name)),
);
const all = [...benches.keys()];
const [first, ...rest] = process.argv.slice(2);
if (first !== undefined && !all.includes(first)) {
  console.error(`There is no benchmark "${first}". There are: ${all.join(", ")}.`);
  process.exit(2);
}

const [cpu] = cpus();
const memory = Math.round(totalmem() / 2 ** 30);
console.log(
  `${cpus().length} × ${cpu?.model ?? "?"}, ${memory} GB, ${process.platform}, Node ${process.version}`,
);
const failed: string[] = [];
for (const name of first === undefined ? all : [first]) {
  console.log(`\n## ${name}\n`);
  // Each in its own process, so that the garbage of one does not show in the numbers of another.
  const { status } = spawnSync(process.execPath, [benches.get(name) ?? "", ...rest], {
    stdio: "inherit",
  });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nBeyond its limit or broken: ${failed.join(", ")}`);
  process.exitCode = 1;
}
