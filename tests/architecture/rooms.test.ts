import { existsSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";
import { findCircles, type Import, importsOf, readSource, sourceFiles } from "./import-graph.ts";

const ALL = sourceFiles("workers", "shared", "client", "web", "dev", "bench", "tests");
const IMPORTS = importsOf(ALL);

/** The most source files that may lie loose in a folder which has rooms. */
const ROOTS: [folder: string, most: number][] = [
  ["workers/ingest", 12],
  ["workers/transcribe", 12],
  ["workers/notify", 12],
  ["shared", 20],
];

/** Folder to folder. The loose files of a folder are the hall and the ground of the rooms inside it, so not a pair. */
function arrows(): Import[] {
  const between = IMPORTS.map(({ from, to }) => ({ from: dirname(from), to: dirname(to) })).filter(
    ({ from, to }) => from !== to && !isInside(from, to) && !isInside(to, from),
  );
  return [...new Map(between.map((arrow) => [`${arrow.from} ${arrow.to}`, arrow])).values()];
}

function isInside(folder: string, parent: string): boolean {
  return folder.startsWith(`${parent}/`);
}

describe("the house", () => {
  test("has no circle of files, types included", () => {
    expect(findCircles(IMPORTS)).toEqual([]);
  });

  test("has no two folders that import each other", () => {
    const known = new Set(arrows().map(({ from, to }) => `${from} ${to}`));
    const back = arrows().filter(({ from, to }) => from < to && known.has(`${to} ${from}`));
    expect(back.map(({ from, to }) => `${from} and ${to}`)).toEqual([]);
  });

  test.for(ROOTS)("has few loose files in %s", ([folder, most]) => {
    const loose = ALL.filter((file) => dirname(file) === folder);
    expect(loose.length, loose.join(", ")).toBeLessThanOrEqual(most);
  });

  test("has no file beside a folder of the same name, but for routes", () => {
    const folders = new Set(ALL.map(dirname));
    const beside = ALL.map((file) => file.replace(/\.tsx?$/, "")).filter((name) => folders.has(name));
    // A URL has others below it: routes/jobs.ts serves /v1/jobs, routes/jobs/id.ts serves /v1/jobs/{id}.
    expect(beside.filter((name) => !name.startsWith("workers/ingest/routes/"))).toEqual([]);
  });
});

describe("docs/architecture.md", () => {
  const page = readSource("docs/architecture.md");

  test("has a row for every room of a Worker and of shared/", () => {
    const rooms = [...new Set(ALL.map(dirname))].filter((folder) =>
      /^(workers\/\w+|shared)\/[\w-]+$/.test(folder),
    );
    expect(rooms.length).toBeGreaterThan(20);
    expect(rooms.filter((room) => !page.includes(`| \`${room.split("/").at(-1)}/\``))).toEqual([]);
  });

  test("names only files that are there", () => {
    const named = [...page.matchAll(/`((?:workers|shared|web|dev|tests|client)\/[\w/.-]+\.\w+)`/g)];
    expect(named.length).toBeGreaterThan(5);
    expect(named.map(([, file = ""]) => file).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe("findCircles", () => {
  const edges = (text: string) =>
    text.split(" ").map((pair) => ({ from: pair.charAt(0), to: pair.charAt(1) }));

  test("finds each set that leads back to itself", () => {
    expect(findCircles(edges("ab bc ca cd de ed"))).toEqual([
      ["d", "e"],
      ["a", "b", "c"],
    ]);
  });

  test("finds none where all arrows point one way", () => {
    expect(findCircles(edges("ab ac bd cd"))).toEqual([]);
  });
});
