import type { Project } from "./project.ts";
import { mustRun, type Wrangler, WranglerError } from "./wrangler.ts";

type Say = (line: string) => void;

/** Creates the bucket, the database and the queues that the account lacks, and gives the database's id. */
export async function ensureResources(wrangler: Wrangler, project: Project, say: Say): Promise<string> {
  for (const bucket of project.buckets) await ensureBucket(wrangler, bucket, say);
  const databaseId = await ensureDatabase(wrangler, project.database, say);
  for (const queue of project.queues) await ensureQueue(wrangler, queue, say);
  return databaseId;
}

async function ensureBucket(wrangler: Wrangler, name: string, say: Say): Promise<void> {
  const listed = await mustRun(wrangler, ["r2", "bucket", "list"]);
  const names = [...listed.matchAll(/^name:\s+(\S+)\s*$/gm)].map(([, found]) => found);
  if (names.includes(name)) return say(`R2 bucket ${name}: is there`);
  const created = await create(wrangler, ["r2", "bucket", "create", name, "--update-config=false"]);
  say(`R2 bucket ${name}: ${created ? "created" : "is there"}`);
}

async function ensureDatabase(wrangler: Wrangler, name: string, say: Say): Promise<string> {
  const found = await findDatabase(wrangler, name);
  if (found) {
    say(`D1 database ${name}: is there`);
    return found;
  }
  await mustRun(wrangler, ["d1", "create", name, "--update-config=false"]);
  say(`D1 database ${name}: created`);
  const created = await findDatabase(wrangler, name);
  if (!created) throw new Error(`The D1 database ${name} was created and is not listed. Run this again.`);
  return created;
}

async function findDatabase(wrangler: Wrangler, name: string): Promise<string | undefined> {
  const json = await mustRun(wrangler, ["d1", "list", "--json"]);
  const databases = JSON.parse(json) as { uuid: string; name: string }[]; // as Cloudflare's API documents it
  return databases.find((database) => database.name === name)?.uuid;
}

async function ensureQueue(wrangler: Wrangler, name: string, say: Say): Promise<void> {
  const info = ["queues", "info", name];
  const answer = await wrangler(info);
  if (answer.status === 0) return say(`queue ${name}: is there`);
  if (!/does not exist/.test(answer.stderr + answer.stdout)) throw new WranglerError(info, answer);
  const created = await create(wrangler, ["queues", "create", name]);
  say(`queue ${name}: ${created ? "created" : "is there"}`);
}

/** False when it exists: a list shows only its first page, and another may have been quicker. */
async function create(wrangler: Wrangler, args: string[]): Promise<boolean> {
  const answer = await wrangler(args);
  if (answer.status === 0) return true;
  if (/already exists|already taken/i.test(answer.stderr + answer.stdout)) return false;
  throw new WranglerError(args, answer);
}
