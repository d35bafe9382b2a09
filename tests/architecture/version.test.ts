import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";
import { VERSION } from "../../shared/version.ts";

test("package, API and client have one version", () => {
  const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8"));
  expect(VERSION).toBe(read("package.json").version);
  expect(read("package-lock.json").version).toBe(VERSION);
});
