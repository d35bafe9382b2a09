import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { ROOT } from "../root.ts";

const OUT = join(ROOT, "build", "client");

/**
 * Bundles the client for programs (`index.js`, for any platform) and the command line (`diarist.js`, for the user's
 * own Node): neither needs node_modules or a Node that reads TypeScript.
 */
export async function buildClient(folder: string = OUT): Promise<void> {
  const shared = {
    bundle: true,
    format: "esm",
    target: "es2022",
    legalComments: "linked",
    logLevel: "warning",
    // Its code for Node needs Node; what is used of the one for browsers runs everywhere (client/upload.ts).
    alias: { "tus-js-client": "tus-js-client/lib.esm/browser/index.js" },
  } as const;
  await Promise.all([
    build({
      ...shared,
      entryPoints: [join(ROOT, "client", "index.ts")],
      outfile: join(folder, "index.js"),
      platform: "neutral",
      mainFields: ["browser", "module", "main"],
    }),
    build({
      ...shared,
      entryPoints: [join(ROOT, "client", "cli", "index.ts")],
      outfile: join(folder, "diarist.js"),
      platform: "node",
      target: "node20",
      // CommonJS packages inside ask for Node's modules in their own way.
      banner: {
        js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
      },
    }),
  ]);
  await chmod(join(folder, "diarist.js"), 0o755);
}

/** The declarations that go with index.js. */
async function declareTypes(): Promise<void> {
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", join(ROOT, "client")]);
}

if (import.meta.main) await Promise.all([buildClient(), declareTypes()]);
