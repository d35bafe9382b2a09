import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { build } from "vite";
import { ROOT } from "../root.ts";
import { renderErrorPage } from "./error-page.ts";

const BUILD = join(ROOT, "build");
const OUT = join(BUILD, "assets");
/** Of the sources that `OUT` was built from. */
const DIGEST = join(BUILD, "assets.sha256");
/** What the page sends for somebody who has no recording at hand. */
const SAMPLE = "dev/sample/standup.mp3";
/** What the assets are made of; package.json has the versions of the rest. */
const SOURCES = [
  "web",
  "client",
  "shared",
  "dev/bundle/build-assets.ts",
  "dev/bundle/error-page.ts",
  SAMPLE,
  "workers/ingest/http/problem.ts",
  "package.json",
];

/**
 * Puts together what ingest serves as static assets: the page and /docs; nothing to do when they are as new as their
 * sources. Other processes may serve from the folder or build it at the same time, so each file is put in its place in
 * one step, and the page, which names the others, at last.
 * @param mediaBaseUrl where the page plays recordings from, if that is not its own host
 */
export async function buildAssets(mediaBaseUrl = process.env["MEDIA_BASE_URL"]): Promise<void> {
  const media = mediaBaseUrl ? new URL(mediaBaseUrl).origin : null;
  const digest = await digestSources(media);
  const built = existsSync(join(OUT, "index.html")) && (await readFile(DIGEST, "utf8").catch(() => null));
  if (built === digest) return;
  await mkdir(BUILD, { recursive: true });
  const draft = await mkdtemp(join(BUILD, "assets-"));
  try {
    await fill(draft, media);
    const files = await listFiles(draft);
    for (const file of files.toSorted((a, b) => Number(a === "index.html") - Number(b === "index.html"))) {
      await mkdir(dirname(join(OUT, file)), { recursive: true });
      await rename(join(draft, file), join(OUT, file));
    }
    for (const file of await listFiles(OUT)) {
      if (!files.includes(file)) await rm(join(OUT, file), { force: true });
    }
    await writeFile(DIGEST, digest);
  } finally {
    await rm(draft, { recursive: true });
  }
}

async function fill(folder: string, media: string | null): Promise<void> {
  await buildPage(folder);
  const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    await cp(join(swagger, file), join(folder, "docs", file));
  }
  await mkdir(join(folder, "sample"));
  await cp(join(ROOT, SAMPLE), join(folder, "sample", basename(SAMPLE)));
  await mkdir(join(folder, "docs", "errors"));
  await writeFile(join(folder, "docs", "errors", "index.html"), renderErrorPage());
  const headers = join(folder, "_headers");
  await writeFile(headers, allowMediaHost(await readFile(headers, "utf8"), media));
}

/** The page's Content-Security-Policy with one more host to fetch and play from. */
export function allowMediaHost(headers: string, origin: string | null): string {
  if (origin === null) return headers;
  return headers
    .replace("connect-src 'self'", `connect-src 'self' ${origin}`)
    .replace("media-src 'self'", `media-src 'self' ${origin}`);
}

/** Vite makes another page of the same source under another NODE_ENV: tests are to see the one that is deployed. */
async function buildPage(folder: string): Promise<void> {
  const { NODE_ENV } = process.env;
  process.env["NODE_ENV"] = "production";
  try {
    const configFile = join(ROOT, "web", "vite.config.ts");
    await build({ configFile, logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
  } finally {
    if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = NODE_ENV;
  }
}

async function digestSources(media: string | null): Promise<string> {
  const hash = createHash("sha256").update(`${media}\0`);
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const files = await listFiles(path).catch(() => [""]); // a file is no folder
    for (const file of files.toSorted()) {
      hash.update(`${source}/${file}\0`).update(await readFile(join(path, file)));
    }
  }
  return hash.digest("hex");
}

/** Paths from the folder. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

if (import.meta.main) await buildAssets();
