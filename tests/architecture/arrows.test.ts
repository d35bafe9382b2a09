import { expect, test } from "vitest";
import { importsOf, readSource, sourceFiles } from "./import-graph.ts";

/** Who may import whom: the arrows of docs/architecture.md. Tests may import everything. */
const MAY_IMPORT: [room: string, rooms: string[]][] = [
  ["shared/", ["shared/"]],
  ["workers/ingest/", ["workers/ingest/", "shared/"]],
  ["workers/transcribe/", ["workers/transcribe/", "shared/"]],
  ["workers/notify/", ["workers/notify/", "shared/"]],
  ["client/", ["client/", "shared/"]],
  ["web/", ["web/", "client/", "shared/"]],
];

test.for(MAY_IMPORT)("%s imports only from %s", ([room, rooms]) => {
  const wrong = importsOf(sourceFiles(room.slice(0, -1))).filter(
    ({ to }) => !rooms.some((allowed) => to.startsWith(allowed)),
  );
  expect(wrong).toEqual([]);
});

test("nothing in shared/ outside storage/ imports storage", () => {
  const wrong = importsOf(sourceFiles("shared")).filter(
    ({ from, to }) => !from.startsWith("shared/storage/") && to.startsWith("shared/storage/"),
  );
  expect(wrong).toEqual([]);
});

test("SQL stands in shared/storage and migrations only", () => {
  const sql = /\b(SELECT|INSERT|UPDATE|DELETE)\b[^\n"`]*\b(FROM|INTO|SET)\b/;
  const wrong = sourceFiles("workers", "shared")
    .filter((file) => !file.startsWith("shared/storage/"))
    .filter((file) => sql.test(readSource(file)));
  expect(wrong).toEqual([]);
});
