/** Brings a model of the catalogue onto this machine: fetched, checked, and described last. */

import { mkdir, rename, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CatalogueEntry, type Download, describeEntry, downloadBytes } from "../catalogue.ts";
import { checkModel, hashFile, ModelError } from "../check-model.ts";
import { MODEL_FILE } from "../model.ts";
import { DownloadError } from "./download-error.ts";
import { type DownloadDeps, downloadFile } from "./download-file.ts";
import { takeLock } from "./lock.ts";

export type GetModelDeps = Omit<DownloadDeps, "onProgress"> & {
  onProgress(received: number, total: number): void;
  /** How much a disk can take. */
  freeBytes?: (folder: string) => Promise<number>;
};

/** A disk that is filled to its last byte harms others. */
const MARGIN = 1.1;

/** @returns false when it was here already @throws DownloadError */
export async function getModel(entry: CatalogueEntry, root: string, deps: GetModelDeps): Promise<boolean> {
  const folder = join(root, entry.name);
  if (await isHere(folder)) return false;
  await mkdir(folder, { recursive: true });
  await using _ = await takeLock(join(root, `${entry.name}.lock`));
  // Another start may have brought it before this one had the lock.
  if (await isHere(folder)) return false;
  await refuseFullDisk(entry, folder, deps);

  const total = downloadBytes(entry);
  let before = 0;
  for (const download of entry.downloads) {
    const onProgress = (bytes: number) => deps.onProgress(before + bytes, total);
    await bring(download, folder, { ...deps, onProgress });
    before += download.bytes;
    deps.onProgress(before, total);
  }
  const path = join(folder, MODEL_FILE);
  await writeFile(`${path}.part`, `${JSON.stringify(describeEntry(entry), null, 2)}\n`);
  await rename(`${path}.part`, path);
  return true;
}

async function isHere(folder: string): Promise<boolean> {
  return checkModel(folder).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ModelError) return false;
      throw error;
    },
  );
}

async function bring(download: Download, folder: string, deps: DownloadDeps): Promise<void> {
  const path = join(folder, download.file);
  const isWhole = (await lengthOf(path)) === download.bytes && (await hashFile(path)) === download.sha256;
  if (!isWhole) await downloadFile(path, download, deps);
}

async function refuseFullDisk(
  { downloads }: CatalogueEntry,
  folder: string,
  deps: GetModelDeps,
): Promise<void> {
  const { freeBytes = freeBytesOf } = deps;
  let needed = 0;
  for (const { file, bytes } of downloads) {
    const here = (await lengthOf(join(folder, file))) || (await lengthOf(join(folder, `${file}.part`)));
    needed += bytes - Math.min(here, bytes);
  }
  const free = await freeBytes(folder);
  if (free >= needed * MARGIN) return;
  throw new DownloadError(
    `${megabytes(needed * MARGIN)} MB are needed in ${folder}, and ${megabytes(free)} are free: make room, or choose ` +
      "another place with DIARIST_MODELS.",
  );
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function lengthOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
