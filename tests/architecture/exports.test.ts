import { expect, test } from "vitest";
import { readSource, resolveImport, sourceFiles, testFiles } from "./import-graph.ts";

/** What others than this repository's files import: the package, and what a runtime looks for. */
const DOORS = [/^client\/index\.ts$/, /^workers\/\w+\/index\.ts$/, /vite\.config\.ts$/];

const ALL = ["workers", "shared", "client", "web", "dev", "bench", "tests"];

const EXPORTED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|type|interface|enum) (\w+)/gm;
const NAMED_IMPORT = /(?:import|export)\s+(?:type\s+)?(?:\w+\s*,\s*)?\{([^}]*)\}\s*from\s*"(\.[^"]+)"/g;
const WHOLE_IMPORT = /import\s*\*\s*as\s+\w+\s*from\s*"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"\s*\)/g;

test("a name is exported only where another file uses it", () => {
  const source = sourceFiles(...ALL);
  const used = new Set<string>();
  const whole = new Set<string>();
  for (const file of [...source, ...testFiles(...ALL)]) {
    const text = readSource(file);
    const at = (path: string | undefined) => resolveImport(file, path ?? "");
    for (const [, names, path] of text.matchAll(NAMED_IMPORT))
      for (const name of (names ?? "").split(","))
        used.add(
          `${at(path)} ${
            name
              .trim()
              .replace(/^type\s+/, "")
              .split(/\s+as\s+/)[0]
          }`,
        );
    for (const [, path, dynamic] of text.matchAll(WHOLE_IMPORT)) whole.add(at(path ?? dynamic));
  }
  const useless = source
    .filter((file) => !whole.has(file) && !DOORS.some((door) => door.test(file)))
    .flatMap((file) => [...readSource(file).matchAll(EXPORTED)].map(([, name]) => `${file} ${name}`))
    .filter((name) => !used.has(name));
  expect(useless).toEqual([]);
});
