import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OpenAPIHono } from "@hono/zod-openapi";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";

const ROUTES = "workers/ingest/routes/";
const files = globSync(`${ROUTES}**/*.ts`, { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts"));

/** The paths that the routers of a file serve, such as `/v1/jobs/:id`. */
async function pathsOf(file: string): Promise<string[]> {
  const exported = Object.values<unknown>(await import(join(ROOT, file)));
  const routers = exported.map((value) => (typeof value === "function" ? value(new OpenAPIHono()) : value));
  const paths = routers
    .flatMap((router) => (router instanceof Hono ? router.routes : []))
    .map(({ path }) => path);
  return [...new Set(paths)];
}

/** `/v1/jobs/:id/audio/link` is `jobs/id/audio/link`, in which a parameter is always `id`. */
function asFile(path: string): string {
  const steps = path.split("/").filter((step, n) => step !== "" && !(n === 1 && step === "v1"));
  return steps.map((step) => (step.startsWith(":") ? "id" : step.replaceAll("_", "-"))).join("/");
}

/** `jobs/id` of `workers/ingest/routes/jobs/id.ts`. */
function nameOf(file: string): string {
  return file.slice(ROUTES.length, -".ts".length);
}

test("a URL is served by the route file with the longest name that its path begins with", async () => {
  const names = files.map(nameOf);
  const wrong: string[] = [];
  for (const file of files) {
    const paths = await pathsOf(file);
    if (paths.length === 0) wrong.push(`${file} serves nothing`);
    for (const path of paths) {
      const url = asFile(path);
      const fitting = names.filter((name) => url === name || url.startsWith(`${name}/`));
      const [longest] = fitting.sort((a, b) => b.length - a.length);
      if (longest !== nameOf(file)) wrong.push(`${file} serves ${path}, which belongs to ${longest}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no route imports a route", () => {
  const wrong = files.filter((file) => {
    const imports = [...readFileSync(join(ROOT, file), "utf8").matchAll(/from "(\.[^"]+)"/g)];
    return imports.some(([, path = ""]) => join(ROOT, file, "..", path).startsWith(join(ROOT, ROUTES)));
  });
  expect(wrong).toEqual([]);
});

test("every route file is mounted", () => {
  const index = readFileSync(join(ROOT, "workers/ingest/index.ts"), "utf8");
  expect(files.filter((file) => !index.includes(`"./routes/${nameOf(file)}.ts"`))).toEqual([]);
});
