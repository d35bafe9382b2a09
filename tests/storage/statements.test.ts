import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";
import { useStorage } from "../support/stack/storage.ts";

const MAX_BOUND_VALUES = 100;

const { db } = await useStorage();

/** Every string of a file of shared/storage that holds SQL, comments left out. */
function statementsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8").replaceAll(/^\s*(\*|\/\/|\/\*).*$/gm, "");
  const strings = source.matchAll(/`((?:[^`\\]|\\[\s\S])*)`|"((?:[^"\\\n]|\\.)*)"/g);
  return [...strings]
    .map(([, template, plain]) => template ?? plain ?? "")
    .filter((text) => /\b(SELECT|INSERT|UPDATE|DELETE)\b/.test(text));
}

const files = globSync("shared/storage/*.ts", { cwd: ROOT });

test("every statement binds at most a hundred values", () => {
  const statements = files.flatMap(statementsOf);
  expect(statements.length).toBeGreaterThan(40);
  const tooMany = statements.filter((sql) => (sql.match(/\?/g) ?? []).length > MAX_BOUND_VALUES);
  expect(tooMany).toEqual([]);
});

test("no statement's number of values grows with its input", () => {
  // What would make a list of placeholders: "?" repeated, mapped over or joined.
  const growing = files.filter((file) =>
    /["'`]\?,?\s?["'`]\s*\)?\s*\.(repeat|join)|=>\s*["'`]\(?\?|fill\(["'`]\?/.test(
      readFileSync(join(ROOT, file), "utf8"),
    ),
  );
  expect(growing).toEqual([]);
});

test("the local D1 refuses a hundred and one values, as the deployed one does", async () => {
  const select = (n: number) =>
    db
      .prepare(`SELECT ${Array(n).fill("?").join(", ")}`)
      .bind(...Array(n).fill(1))
      .all();
  await expect(select(MAX_BOUND_VALUES + 1)).rejects.toThrow(/too many SQL variables/);
  expect((await select(MAX_BOUND_VALUES)).success).toBe(true);
});
