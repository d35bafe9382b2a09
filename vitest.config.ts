import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  test: {
    // `npm run screenshots` draws docs/screenshots/ and nothing else.
    include:
      mode === "screenshots"
        ? ["tests/page/screenshots.ts"]
        : ["{shared,workers,client,web,dev,tests}/**/*.test.ts"],
    reporters: ["default", "./tests/support/summary-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // Two cores, and a pipeline test runs a Worker runtime and the stand-in beside itself.
    maxWorkers: 2,
  },
}));
