import { defineConfig, type TestProjectConfiguration } from "vitest/config";

/** Started beside these tests: Worker runtimes and stand-ins, prepared once a run. */
const RUNTIME = {
  globalSetup: "./tests/support/run/global-setup.ts",
  environment: "./tests/support/run/environment.ts",
};

/**
 * Where a file lies says what it needs: tests/storage, tests/pipeline and tests/page have a project each. A test beside
 * its source is a unit test, unless its name says more: `.storage.test.ts` starts a Worker runtime, `.audio.test.ts`
 * makes and decodes sound in many formats.
 */
const PROJECTS = {
  unit: {
    include: [
      "{shared,workers,client,web,dev,tests/architecture,tests/support}/**/!(*.storage|*.audio).test.ts",
    ],
  },
  audio: { include: ["{workers,dev}/**/*.audio.test.ts"] },
  storage: { include: ["tests/storage/**/*.test.ts", "workers/**/*.storage.test.ts"], ...RUNTIME },
  pipeline: { include: ["tests/pipeline/**/*.test.ts"], ...RUNTIME },
  page: { include: ["tests/page/**/*.test.ts"], ...RUNTIME },
};

export default defineConfig(({ mode }) => {
  // `npm run screenshots` draws docs/screenshots/ and nothing else.
  const projects =
    mode === "screenshots"
      ? { screenshots: { include: ["tests/page/screenshots.ts"], ...RUNTIME } }
      : PROJECTS;
  return {
    test: {
      projects: Object.entries(projects).map(
        ([name, project]): TestProjectConfiguration => ({ extends: true, test: { name, ...project } }),
      ),
      reporters: ["default", "./tests/support/run/summary-reporter.ts"],
      // Long proofs, such as a death after every step, run whole in `npm run thorough`, and in `npm test` by a sample.
      env: mode === "thorough" ? { THOROUGH: "1" } : {},
      testTimeout: mode === "thorough" ? 600_000 : 60_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 20_000 } },
      // Files of a project run one after another in a process, and share what is slow to load and to start.
      isolate: false,
      // Two cores, and a pipeline test runs a Worker runtime and the stand-in beside itself.
      maxWorkers: 2,
    },
  };
});
