/** Which models lie on this machine, and where. */

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ROOT } from "../root.ts";
import { ModelError, readModel } from "./check-model.ts";
import { MODEL_FILE } from "./model.ts";

type PresentModel = {
  /** The folder's, which is what it is asked for by. */
  name: string;
  folder: string;
  /** What is wrong with it, if anything is known to be. */
  problem: string | null;
};

/** Where models are kept: `DIARIST_MODELS`, or beside the other state. */
export function modelsFolder(environment: NodeJS.Dict<string> = process.env): string {
  return resolve(environment["DIARIST_MODELS"] || join(ROOT, ".diarist", "models"));
}

/** Those first that somebody put there by hand, then the larger. */
const ORDER = ["large", "small"];

/** The models in a folder, the one to take first; their files are not looked at. */
export async function presentModels(root: string): Promise<PresentModel[]> {
  const entries = existsSync(root) ? await readdir(root, { withFileTypes: true }) : [];
  const names = entries
    .filter((entry) => !entry.isFile() && existsSync(join(root, entry.name, MODEL_FILE)))
    .map(({ name }) => name)
    .sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other) || one.localeCompare(other));
  return Promise.all(
    names.map(async (name) => {
      const folder = join(root, name);
      return { name, folder, problem: await problemOf(folder) };
    }),
  );
}

async function problemOf(folder: string): Promise<string | null> {
  try {
    await readModel(folder);
    return null;
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
}
