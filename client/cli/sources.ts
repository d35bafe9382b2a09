import { openAsBlob } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { TRANSCRIPT_FORMATS } from "../../shared/job.ts";
import { UsageError } from "./exit.ts";

export type Format = (typeof TRANSCRIPT_FORMATS)[number];

/** A recording named on the command line. */
export type Source = {
  name: string;
  /** What is sent: the file, opened when its turn comes, or the URL. */
  open(): Promise<Blob | string>;
  /** Its transcripts are named after this. */
  filename: string;
  /** Changes when the recording does. */
  identity: unknown;
  /** Milliseconds since 1970; null for a URL. */
  changedAt: number | null;
};

/** @throws UsageError when there is no such file */
export async function readSource(text: string): Promise<Source> {
  if (/^https?:\/\//i.test(text)) {
    if (!URL.canParse(text)) throw new UsageError(`${text}: is not a URL`);
    const filename = basename(new URL(text).pathname) || "recording";
    return { name: text, open: async () => text, filename, identity: text, changedAt: null };
  }
  const found = await stat(text).catch(() => null);
  if (!found?.isFile()) throw new UsageError(`${text}: ${found ? "is not a file" : "there is no such file"}`);
  if (found.size === 0) throw new UsageError(`${text}: is empty`);
  return {
    name: text,
    open: () => openAsBlob(text),
    filename: basename(text),
    identity: [await realpath(text), found.size, found.mtimeMs],
    changedAt: found.mtimeMs,
  };
}

const EXTENSIONS: Partial<Record<Format, string>> = { verbose_json: "json", text: "txt" };

/** The paths of a source's transcripts: `talk.mp3` becomes `subs/talk.srt`. */
export function outputsOf(source: Source, formats: readonly Format[], folder: string) {
  const stem = basename(source.filename, extname(source.filename));
  return formats.map((format) => ({ format, path: join(folder, `${stem}.${EXTENSIONS[format] ?? format}`) }));
}

/** @throws UsageError when two transcripts would be written to one file */
export function refuseCollisions(paths: { source: string; path: string }[]): void {
  const owners = new Map<string, string>();
  for (const { source, path } of paths) {
    const owner = owners.get(path);
    if (owner !== undefined) {
      throw new UsageError(`${path} would be written twice (${owner}, ${source}): use two --out folders`);
    }
    owners.set(path, source);
  }
}
