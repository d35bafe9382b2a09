import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import type { Project } from "./project.ts";
import { mustRun, type Wrangler, WranglerError } from "./wrangler.ts";

type Say = (line: string) => void;

/** What the account has of what wrangler.toml names. */
export type Resources = { buckets: string[]; queues: string[]; databaseId: string | null };

export async function findResources(wrangler: Wrangler, project: Project): Promise<Resources> {
  const listed = await mustRun(wrangler, ["r2", "bucket", "list"]);
  const buckets = [...listed.matchAll(/^name:\s+(\S+)\s*$/gm)].map(([, name = ""]) => name);
  const databaseId = await findDatabase(wrangler, project.database);
  const queues: string[] = [];
  for (const queue of project.queues) if (await hasQueue(wrangler, queue)) queues.push(queue);
  return { buckets: project.buckets.filter((name) => buckets.includes(name)), queues, databaseId };
}

/** Creates the bucket, the database and the queues that the account lacks, and gives the database's id. */
export async function createMissing(
  wrangler: Wrangler,
  project: Project,
  found: Resources,
  say: Say,
): Promise<string> {
  for (const bucket of project.buckets.filter((name) => !found.buckets.includes(name))) {
    const created = await create(wrangler, ["r2", "bucket", "create", bucket, "--update-config=false"]);
    say(`R2 bucket ${bucket}: ${created ? "created" : "is there"}`);
  }
  const databaseId = found.databaseId ?? (await createDatabase(wrangler, project.database, say));
  for (const queue of project.queues.filter((name) => !found.queues.includes(name))) {
    const created = await create(wrangler, ["queues", "create", queue]);
    say(`queue ${queue}: ${created ? "created" : "is there"}`);
  }
  return databaseId;
}

/** The migrations that the database has yet to see. `at`: the options that name the configuration. */
export async function findMigrations(
  wrangler: Wrangler,
  project: Project,
  found: Resources,
  at: string[],
): Promise<string[]> {
  if (found.databaseId === null) {
    const files = await readdir(join(ROOT, "migrations"));
    return files.filter((file) => file.endsWith(".sql")).toSorted();
  }
  const listed = await mustRun(wrangler, ["d1", "migrations", "list", project.database, "--remote", ...at]);
  return [...listed.matchAll(/\b\d{4}_\w+\.sql\b/g)].map(([name]) => name);
}

async function createDatabase(wrangler: Wrangler, name: string, say: Say): Promise<string> {
  await mustRun(wrangler, ["d1", "create", name, "--update-config=false"]);
  say(`D1 database ${name}: created`);
  const created = await findDatabase(wrangler, name);
  if (!created) throw new Error(`The D1 database ${name} was created and is not listed. Run this again.`);
  return created;
}

async function findDatabase(wrangler: Wrangler, name: string): Promise<string | null> {
  const json = await mustRun(wrangler, ["d1", "list", "--json"]);
  const databases = JSON.parse(json) as { uuid: string; name: string }[]; // as Cloudflare's API documents it
  return databases.find((database) => database.name === name)?.uuid ?? null;
}

async function hasQueue(wrangler: Wrangler, name: string): Promise<boolean> {
  const info = ["queues", "info", name];
  const answer = await wrangler(info);
  if (answer.status === 0) return true;
  if (!/does not exist/.test(answer.stderr + answer.stdout)) throw new WranglerError(info, answer);
  return false;
}

/** False when it exists: a list shows only its first page, and another may have been quicker. */
async function create(wrangler: Wrangler, args: string[]): Promise<boolean> {
  const answer = await wrangler(args);
  if (answer.status === 0) return true;
  if (/already exists|already taken/i.test(answer.stderr + answer.stdout)) return false;
  throw new WranglerError(args, answer);
}
