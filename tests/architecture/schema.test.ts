import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeSchema, SCHEMA_FILE } from "../../dev/local/schema.ts";

test("docs/schema.sql is what the migrations make; if not: npm run schema", () => {
  expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(describeSchema());
});
