import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Found = {
  violations: { id: string; impact: string; nodes: { html: string }[] }[];
  passes: unknown[];
};

/** What axe calls serious or worse in what the page shows now. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE); // past the Content-Security-Policy, as a debugger's scripts go
  const { violations, passes } = await page.evaluate<Found>("axe.run()");
  expect(passes.length).toBeGreaterThan(10); // it has looked
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`);
}
