/** What the local engine can hear with: `npm run models` lists it, `npm run models -- get small` fetches it. */

import { CATALOGUE, type CatalogueEntry, describeEntry, downloadBytes } from "./catalogue.ts";
import { checkModel, ModelError } from "./check-model.ts";
import { DownloadError } from "./download/download-error.ts";
import { getModel } from "./download/get-model.ts";
import { modelsFolder, presentModels } from "./present-models.ts";

const USAGE = `npm run models                  what can be had, and what is here
npm run models -- get small     fetches a model; it goes on where it broke off

  DIARIST_MODELS=DIR  where models are kept, .diarist/models unless set
  HTTPS_PROXY=URL     is heeded`;

const STEP_PERCENT = 5;

async function main([command, name, ...rest]: string[]): Promise<void> {
  if (command === undefined) return list();
  const entry =
    command === "get" && rest.length === 0 ? CATALOGUE.find((one) => one.name === (name ?? "small")) : null;
  if (entry) return fetchModel(entry);
  console.error(command === "get" ? `There is no model "${name}".\n\n${USAGE}` : USAGE);
  process.exitCode = command === "--help" || command === "-h" ? 0 : 2;
}

async function list(): Promise<void> {
  const root = modelsFolder();
  const present = await presentModels(root);
  for (const entry of CATALOGUE) {
    const { languages, licence, attribution } = describeEntry(entry);
    const here = present.some(({ name }) => name === entry.name);
    console.log(
      `${entry.name.padEnd(6)} ${entry.title}: ${sizeOf(entry)} MB, ${licence}${here ? "  (here)" : ""}`,
    );
    console.log(`       languages: ${languages.join(" ")}`);
    console.log(`       ${attribution}\n`);
  }
  console.log(`In ${root}:`);
  for (const { name, folder, problem } of present) {
    const bad = problem ?? (await checkModel(folder).then(() => null, messageOf));
    console.log(`  ${name}  ${bad ?? "whole, and as it should be"}`);
  }
  if (present.length === 0) console.log("  nothing yet: npm run models -- get small");
}

async function fetchModel(entry: CatalogueEntry): Promise<void> {
  const root = modelsFolder();
  const stop = new AbortController();
  process.once("SIGINT", () =>
    stop.abort(new DownloadError("Stopped. Start it again: it goes on where it was.")),
  );
  console.log(`${entry.title}: ${sizeOf(entry)} MB into ${root}`);
  const isNew = await getModel(entry, root, {
    environment: process.env,
    signal: stop.signal,
    onProgress: createProgressLine(),
  });
  console.log(isNew ? `${entry.name} is here. npm start uses it.` : `${entry.name} was here already.`);
}

/** One line that changes on a terminal; elsewhere a line now and then. */
function createProgressLine(): (received: number, total: number) => void {
  let shown = -1;
  return (received, total) => {
    const percent = Math.floor((100 * received) / total);
    if (percent === shown || (!process.stdout.isTTY && percent % STEP_PERCENT > 0)) return;
    shown = percent;
    const line = `${percent} %, ${Math.round(received / 1e6)} of ${Math.round(total / 1e6)} MB`;
    process.stdout.write(process.stdout.isTTY ? `\r${line} ${percent === 100 ? "\n" : ""}` : `${line}\n`);
  };
}

function sizeOf(entry: CatalogueEntry): number {
  return Math.round(downloadBytes(entry) / 1e6);
}

function messageOf(error: unknown): string {
  if (error instanceof ModelError || error instanceof DownloadError) return error.message;
  throw error;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
