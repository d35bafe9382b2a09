/** Holds the files of a model against their hashes: native code ends the process over a wrong one, without an error. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { filesOf, MODEL_FILE, type Model, type ModelFile, modelSchema } from "./model.ts";

/** A model whose files are what they should be. Plain JSON, so that it can be sent to another process. */
export type CheckedModel = { folder: string; silero: string } & Model;

/** A model that cannot be used; the message says what to do. */
export class ModelError extends Error {
  override name = "ModelError";
}

const SILERO: ModelFile = {
  file: "silero_vad_v6.onnx",
  bytes: 2_327_524,
  sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
};
const SILERO_FOLDER = join(ROOT, "node_modules", "@ricky0123", "vad-web", "dist");

/** @throws ModelError */
export async function checkModel(folder: string): Promise<CheckedModel> {
  const model = await readModel(folder);
  for (const file of filesOf(model)) await checkFile(folder, file, `get it again or correct ${MODEL_FILE}`);
  if (!model.voice_activity) await checkFile(SILERO_FOLDER, SILERO, "run npm ci again");
  return { ...model, folder, silero: join(SILERO_FOLDER, SILERO.file) };
}

/** What a folder says of itself; its files are not looked at. @throws ModelError */
export async function readModel(folder: string): Promise<Model> {
  const path = join(folder, MODEL_FILE);
  const text = await readFile(path, "utf8").catch(() => {
    throw new ModelError(`${path} cannot be read: a model's folder has it beside its files.`);
  });
  const parsed = modelSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ModelError(`${path}: ${issue?.path.join(".") || "all of it"}: ${issue?.message}.`);
}

async function checkFile(folder: string, { file, bytes, sha256 }: ModelFile, advice: string): Promise<void> {
  const path = join(folder, file);
  const found = await stat(path).catch(() => null);
  if (!found) throw new ModelError(`${path} is missing: ${advice}.`);
  if (found.size !== bytes)
    throw new ModelError(`${path} has ${found.size} bytes and not ${bytes}: ${advice}.`);
  if ((await hashFile(path)) !== sha256) {
    throw new ModelError(`${path} is not the file it should be (its SHA-256 differs): ${advice}.`);
  }
}

/** A file's SHA-256 in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 2 ** 20 })) hash.update(chunk);
  return hash.digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
