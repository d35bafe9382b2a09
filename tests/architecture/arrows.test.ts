import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";

/** Who may import whom: the arrows of docs/architecture.md. Tests may import everything. */
const MAY_IMPORT: [room: string, rooms: string[]][] = [
  ["shared/storage/", ["shared/"]],
  ["shared/", ["shared/"]],
  ["workers/ingest/", ["workers/ingest/", "shared/"]],
  ["workers/transcribe/", ["workers/transcribe/", "shared/"]],
  ["workers/notify/", ["workers/notify/", "shared/"]],
  ["client/", ["client/", "shared/", "package.json"]],
  ["web/", ["web/", "client/", "shared/"]],
];

function filesOf(room: string): string[] {
  return globSync(`${room}**/*.{ts,tsx}`, { cwd: ROOT }).filter((file) => !/\.test\.ts$|\.d\.ts$/.test(file));
}

function localImportsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  const found = source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
  return [...found].map(([, path]) => relative(ROOT, join(ROOT, dirname(file), path ?? "")));
}

test("imports point one way: workers to shared/storage to shared", () => {
  const wrong = MAY_IMPORT.flatMap(([room, rooms]) =>
    filesOf(room)
      .filter((file) => room !== "shared/" || !file.startsWith("shared/storage/"))
      .flatMap((file) => localImportsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => !rooms.some((allowed) => target.startsWith(allowed)))
      .map(({ file, target }) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("nothing in shared/ outside storage/ imports storage", () => {
  const wrong = filesOf("shared/")
    .filter((file) => !file.startsWith("shared/storage/"))
    .filter((file) => localImportsOf(file).some((target) => target.startsWith("shared/storage/")));
  expect(wrong).toEqual([]);
});

test("SQL stands in shared/storage and migrations only", () => {
  const sql = /\b(SELECT|INSERT|UPDATE|DELETE)\b[^\n"`]*\b(FROM|INTO|SET)\b/;
  const wrong = [...filesOf("workers/"), ...filesOf("shared/")]
    .filter((file) => !file.startsWith("shared/storage/"))
    .filter((file) => sql.test(readFileSync(join(ROOT, file), "utf8")));
  expect(wrong).toEqual([]);
});
