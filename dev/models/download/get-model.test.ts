import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CATALOGUE, type CatalogueEntry, describeEntry } from "../catalogue.ts";
import { checkModel } from "../check-model.ts";
import { modelSchema } from "../model.ts";
import { presentModels } from "../present-models.ts";
import { type GetModelDeps, getModel } from "./get-model.ts";
import { breakOffAfter, serveFile } from "./testing/file-server.ts";

const WORDS = randomBytes(1000);
const VOICES = Buffer.from("another network");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "models-"));
});
afterEach(() => rm(root, { recursive: true }));

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function openCatalogue(...script: Parameters<typeof serveFile>[1][]) {
  const words = await serveFile(WORDS, ...script);
  const voices = await serveFile(VOICES);
  const entry: CatalogueEntry = {
    name: "tiny",
    title: "Tiny",
    downloads: [
      { file: "words.onnx", url: words.url, bytes: WORDS.length, sha256: hashOf(WORDS) },
      { file: "voices.onnx", url: voices.url, bytes: VOICES.length, sha256: hashOf(VOICES) },
    ],
    describe: (file) => ({
      model: "tiny",
      languages: ["en"],
      recogniser: { kind: "nemo_ctc", model: file("words.onnx"), tokens: file("words.onnx") },
      speakers: { segmentation: file("voices.onnx"), embedding: file("voices.onnx") },
    }),
  };
  return { entry, words, voices };
}

function get(entry: CatalogueEntry, deps: Partial<GetModelDeps> = {}): Promise<boolean> {
  return getModel(entry, root, {
    environment: {},
    signal: new AbortController().signal,
    onProgress: () => undefined,
    sleep: async () => undefined,
    ...deps,
  });
}

test("a model is fetched, described, and then whole", async () => {
  const { entry } = await openCatalogue();
  const told: string[] = [];
  expect(await get(entry, { onProgress: (received, total) => told.push(`${received}/${total}`) })).toBe(true);
  expect(told.at(-1)).toBe(`${WORDS.length + VOICES.length}/${WORDS.length + VOICES.length}`);
  expect((await readdir(join(root, "tiny"))).sort()).toEqual(["model.json", "voices.onnx", "words.onnx"]);
  expect(await checkModel(join(root, "tiny"))).toMatchObject({ model: "tiny" });
  expect(await presentModels(root)).toEqual([{ name: "tiny", folder: join(root, "tiny"), problem: null }]);
});

test("a model that is here is not fetched again, and a damaged one is", async () => {
  const { entry, words, voices } = await openCatalogue();
  await get(entry);
  expect(await get(entry)).toBe(false);
  expect(words.asked).toHaveLength(1);
  await writeFile(join(root, "tiny", "voices.onnx"), "damaged network");
  expect(await get(entry)).toBe(true);
  expect(voices.asked).toHaveLength(2);
});

test("a start that was broken off is gone on with, and until then there is no model", async () => {
  const { entry, words } = await openCatalogue(breakOffAfter(100));
  const stop = new AbortController();
  const sleep = async () => stop.abort(new Error("stopped"));
  await expect(get(entry, { signal: stop.signal, sleep })).rejects.toThrow("stopped");
  expect(await presentModels(root)).toEqual([]);
  expect(await get(entry)).toBe(true);
  expect(words.asked).toEqual(["/model.onnx", "/model.onnx bytes=100-"]);
});

test("of two starts at once one fetches, and the other says who does", async () => {
  const { entry, words } = await openCatalogue();
  const both = await Promise.allSettled([get(entry), get(entry)]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(both.find(({ status }) => status === "rejected")).toMatchObject({
    reason: {
      name: "DownloadError",
      message: expect.stringContaining(`Process ${process.pid} is fetching it`),
    },
  });
  expect(words.asked).toHaveLength(1);
  expect(existsSync(join(root, "tiny.lock"))).toBe(false);
});

test("the lock of a process that is gone holds nobody up", async () => {
  const { entry } = await openCatalogue();
  await writeFile(join(root, "tiny.lock"), "999999999");
  expect(await get(entry)).toBe(true);
});

test("a disk without room is told of before anything is fetched", async () => {
  const { entry, words } = await openCatalogue();
  const full = get(entry, { freeBytes: async () => 1000 });
  await expect(full).rejects.toThrow(
    /1 MB are needed in .*tiny, and 1 are free: make room, or .*DIARIST_MODELS/,
  );
  expect(words.asked).toEqual([]);
});

describe("the catalogue", () => {
  test.for(CATALOGUE)("describes $name as a model's folder would", (entry) => {
    expect(modelSchema.safeParse(describeEntry(entry)).success).toBe(true);
    const files = entry.downloads.map(({ file }) => file);
    expect(new Set(files).size).toBe(files.length);
    for (const { url, sha256 } of entry.downloads) {
      expect(url).toMatch(/^https:/);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
