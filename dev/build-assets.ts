import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { renderErrorPage } from "./error-page.ts";

const ROOT = join(import.meta.dirname, "..");
const BUILD = join(ROOT, "build");
const OUT = join(BUILD, "assets");

/**
 * Puts together what ingest serves as static assets: web/ and the page that shows the OpenAPI document. Other
 * processes may serve from the folder or build it at the same time, so each file is put in its place in one step.
 */
export async function buildAssets(): Promise<void> {
  await mkdir(BUILD, { recursive: true });
  const draft = await mkdtemp(join(BUILD, "assets-"));
  try {
    await fill(draft);
    for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
      const target = join(OUT, entry.parentPath.slice(draft.length));
      await mkdir(target, { recursive: true });
      if (entry.isFile()) await rename(join(entry.parentPath, entry.name), join(target, entry.name));
    }
  } finally {
    await rm(draft, { recursive: true });
  }
}

async function fill(folder: string): Promise<void> {
  await cp(join(ROOT, "web"), folder, { recursive: true });
  const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    await cp(join(swagger, file), join(folder, "docs", file));
  }
  await mkdir(join(folder, "docs", "errors"));
  await writeFile(join(folder, "docs", "errors", "index.html"), renderErrorPage());
}

if (import.meta.main) {
  await rm(OUT, { recursive: true, force: true }); // what is no longer in web/ is not deployed
  await buildAssets();
}
