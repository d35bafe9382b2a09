import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";
import { FAILURE_CODES } from "../../shared/failure.ts";
import { WARNING_CODES } from "../../shared/speech/warning.ts";
import { listProblems } from "../../workers/ingest/http/problem.ts";

const api = readFileSync(join(ROOT, "docs", "api.md"), "utf8");
const [, refusals = "", failures = ""] = api.split(/^## Errors$|^A failed job carries /m);

/** The codes in the first column of a table, each with the second. */
function rowsOf(text: string): [code: string, next: string][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => {
      const [, codes = "", next = ""] = line.split("|");
      return [...codes.matchAll(/`(\w+)`/g)].map(([, code = ""]): [string, string] => [code, next.trim()]);
    });
}

test("docs/api.md tells of every code that a request can be refused with, its status, and of no other", () => {
  const documented = rowsOf(refusals).filter(([code]) => code !== "code");
  const real = listProblems().map(({ code, status }): [string, string] => [code, String(status)]);
  expect(documented.sort()).toEqual(real.sort());
});

test("docs/api.md tells of every code that a job can fail with, and of no other", () => {
  const documented = rowsOf(failures).filter(([code]) => code !== "code");
  expect(documented.map(([code]) => code).sort()).toEqual([...FAILURE_CODES].sort());
});

test("docs/api.md tells of every warning that a transcript can have, and of no other", () => {
  const [, warnings = ""] = api.split(/^## Who heard it, and warnings$|^## Share it$/m);
  const documented = rowsOf(warnings).filter(([code]) => code !== "code");
  expect(documented.map(([code]) => code).sort()).toEqual([...WARNING_CODES].sort());
});
