/** Run by `npm version`: carries the new version from package.json to shared/version.ts. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.ts";

const FILE = join(ROOT, "shared", "version.ts");

const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
const source = await readFile(FILE, "utf8");
await writeFile(FILE, source.replace(/"[^"]*"/, JSON.stringify(version)));
