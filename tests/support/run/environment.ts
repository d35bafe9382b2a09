import type { Environment } from "vitest/runtime";
import { closeAll } from "./at-the-end.ts";

/** Node as it is, and an end: Vitest tears it down when a process has run its last file. */
export default {
  name: "diarist",
  viteEnvironment: "ssr",
  setup: () => ({ teardown: closeAll }),
} satisfies Environment;
