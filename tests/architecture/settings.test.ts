import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { ROOT } from "../../dev/root.ts";

function settingsOf(env: string): string[] {
  const { vars, secrets } = readConfig({ config: join(ROOT, "wrangler.toml"), env }, { hideWarnings: true });
  return [...Object.keys(vars), ...(secrets?.required ?? [])];
}

test.for([".dev.vars.example", "docs/operations.md"])(
  "%s explains every setting of wrangler.toml",
  (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    const settings = ["ingest", "transcribe", "notify"].flatMap(settingsOf);
    expect(settings).toContain("SIGNING_KEY");
    expect(settings.filter((name) => !text.includes(name))).toEqual([]);
  },
);
