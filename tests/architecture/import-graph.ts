import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { ROOT } from "../../dev/root.ts";

export type Import = { from: string; to: string };

/** Of a type, of a value, or dynamic: whatever one file has to know of another. */
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g;

/** The source files below these folders, as paths from the project's folder. Tests and declarations are none. */
export function sourceFiles(...folders: string[]): string[] {
  return filesBelow(folders).filter((file) => !isTest(file));
}

/** Every test file below these folders. */
export function testFiles(...folders: string[]): string[] {
  return filesBelow(folders).filter(isTest);
}

function filesBelow(folders: string[]): string[] {
  const patterns = folders.map((folder) => `${folder}/**/*.{ts,tsx}`);
  return globSync(patterns, { cwd: ROOT })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !file.endsWith(".d.ts"))
    .sort();
}

function isTest(file: string): boolean {
  return file.endsWith(".test.ts");
}

export function readSource(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Each import of one file of the project by another; packages are left out. */
export function importsOf(files: string[]): Import[] {
  return files.flatMap((from) =>
    [...readSource(from).matchAll(IMPORT)].map(([, path]) => ({ from, to: resolveImport(from, path ?? "") })),
  );
}

/** The path from the project's folder of what this file names relative to itself. */
export function resolveImport(file: string, path: string): string {
  return join(dirname(file), path);
}

/** The circles of a graph: sets of names of which each leads to each other (Tarjan's algorithm, 1972). */
export function findCircles(edges: Import[]): string[][] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];

  function visit(name: string): number {
    index.set(name, index.size);
    let lowest = index.size - 1;
    stack.push(name);
    for (const { to } of next.get(name) ?? []) {
      if (!index.has(to)) lowest = Math.min(lowest, visit(to));
      else if (stack.includes(to)) lowest = Math.min(lowest, low.get(to) ?? index.get(to) ?? lowest);
    }
    low.set(name, lowest);
    if (lowest === index.get(name)) {
      const circle = stack.splice(stack.indexOf(name));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return lowest;
  }

  for (const name of next.keys()) if (!index.has(name)) visit(name);
  return circles;
}
