import { createHash, randomUUID } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeAudio, type Truth, truthPathOf } from "../../../dev/make-audio.ts";
import { convertWithFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { ROOT } from "../../../dev/root.ts";

const SHELF = join(ROOT, "build", "test-audio");
/** Named by a hash of the code that makes marker speech, so that a change of it makes new recordings. */
const FOLDER = join(SHELF, hashOfCode());

/** A marker recording on disk and what it holds. Made once, kept in build/test-audio/. */
export type Recording = { path: string; truth: Truth };

/** Two people, eleven words, near five seconds. */
export const TALK = "A: good morning all\nB: hello there\nA: where were we yesterday\nB: naïve résumé 😀\n";

/** Speaks a script into a 16-bit mono WAV, at 16 kHz unless told otherwise. */
export async function record(script: string, rate = 16_000): Promise<Recording> {
  const path = join(FOLDER, `${hash(script, String(rate))}.wav`);
  await make(path, async (draft) => {
    await makeAudio(script, draft, { rate });
    await rename(truthPathOf(draft), truthPathOf(path));
  });
  return { path, truth: JSON.parse(await readFile(truthPathOf(path), "utf8")) };
}

/** The recording's bytes. */
export async function bytesOf({ path }: { path: string }): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(path));
}

/** The recording in another format, made by ffmpeg with these arguments; `extension` names the container. */
export async function encode(recording: Recording, extension: string, args: string): Promise<Recording> {
  const path = `${recording.path.replace(/\.\w+$/, "")}-${hash(args)}.${extension}`;
  await make(path, async (draft) => void (await convertWithFfmpeg(recording.path, draft, args)));
  return { path, truth: recording.truth };
}

/** Recordings of older code are removed after a day: an hour and a half is 216 MB. */
async function openFolder(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const name of await readdir(SHELF)) {
    const path = join(SHELF, name);
    const isOld = (await stat(path)).mtimeMs < Date.now() - 24 * 60 * 60_000;
    if (path !== FOLDER && isOld) await rm(path, { recursive: true, force: true });
  }
}

/** Another process may make the same file: each writes its own draft, and the last one to finish wins. */
async function make(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  await openFolder();
  const draft = path.replace(/(\.\w+)$/, `.${randomUUID()}$1`);
  try {
    await write(draft);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

function hashOfCode(): string {
  const files = globSync("dev/marker-speech/*.ts", { cwd: ROOT }).filter(
    (file) => !file.endsWith(".test.ts"),
  );
  return hash(...files.sort().map((file) => readFileSync(join(ROOT, file), "utf8")));
}

function hash(...texts: string[]): string {
  return createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 16);
}
