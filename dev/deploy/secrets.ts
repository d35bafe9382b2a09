import { randomBytes } from "node:crypto";
import type { Project, Worker } from "./project.ts";
import { WORKERS } from "./project.ts";
import type { Settings } from "./settings.ts";
import { type Wrangler, WranglerError } from "./wrangler.ts";

/** The secrets that a Worker has; null: the Worker is not deployed yet. */
type Deployed = Record<Worker, string[] | null>;

/** What is to be set, by Worker; and what was made here and is known nowhere else. */
export type SecretPlan = { missing: Record<Worker, Record<string, string>>; made: Record<string, string> };

const SIGNING_KEY_CHARACTERS = 32;

/** Something only the operator can give or decide; the message says how. */
export class SecretNeededError extends Error {
  override name = "SecretNeededError";
}

export async function readDeployedSecrets(wrangler: Wrangler, project: Project): Promise<Deployed> {
  const deployed: Deployed = { notify: null, transcribe: null, ingest: null };
  for (const worker of WORKERS) {
    const args = ["secret", "list", "--name", project.names[worker], "--format", "json"];
    const answer = await wrangler(args);
    if (answer.status === 0) {
      deployed[worker] = (JSON.parse(answer.stdout) as { name: string }[]).map(({ name }) => name);
    } else if (!/not found|does not exist/i.test(answer.stderr + answer.stdout)) {
      throw new WranglerError(args, answer);
    }
  }
  return deployed;
}

/** A server with OpenAI's routes has a key of its own, or none. */
export function neededSecrets(required: Project["secrets"], settings: Settings): Project["secrets"] {
  if (settings.transcribe["SPEECH_API"] !== "openai") return required;
  return { ...required, transcribe: required.transcribe.filter((name) => name !== "TOGETHER_API_KEY") };
}

/**
 * Which secrets have to be set, and to what. One that is set is never changed: a new SIGNING_KEY would make every
 * stored webhook secret unreadable.
 *
 * @param given values from the environment, and those an earlier run made and could not set everywhere
 * @param make a new random secret
 */
export function planSecrets(
  project: Project,
  deployed: Deployed,
  given: Record<string, string | undefined>,
  make: () => string = () => randomBytes(32).toString("base64url"),
): SecretPlan {
  const plan: SecretPlan = { missing: { notify: {}, transcribe: {}, ingest: {} }, made: {} };
  for (const worker of WORKERS) {
    for (const name of [...project.secrets[worker], ...chosen(worker, given)]) {
      if (deployed[worker]?.includes(name)) continue;
      if (name === "SIGNING_KEY" && given[name]) checkSigningKey(given[name]);
      const value = given[name] || plan.made[name] || newValue(name, project, deployed, make);
      if (!given[name]) plan.made[name] = value;
      plan.missing[worker][name] = value;
    }
  }
  return plan;
}

/** What a deployment can do without; set when it is given. */
const OPTIONAL: Partial<Record<Worker, string[]>> = {
  transcribe: ["SPEECH_API_KEY"],
  ingest: ["R2_SECRET_ACCESS_KEY", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"],
};

function chosen(worker: Worker, given: Record<string, string | undefined>): string[] {
  return (OPTIONAL[worker] ?? []).filter((name) => given[name]);
}

/** Secrets in the environment that the account has already: they stay as they are, which is worth a line. */
export function listKeptSecrets(
  project: Project,
  deployed: Deployed,
  given: Record<string, string | undefined>,
): string[] {
  const kept = WORKERS.flatMap((worker) =>
    [...project.secrets[worker], ...chosen(worker, given)]
      .filter((name) => given[name] && deployed[worker]?.includes(name))
      .map(
        (name) =>
          `${name} is set in ${project.names[worker]} and stays; to change it: npx wrangler secret put ${name} --env ${worker}`,
      ),
  );
  return kept;
}

function newValue(name: string, project: Project, deployed: Deployed, make: () => string): string {
  if (name !== "SIGNING_KEY" && name !== "OPERATOR_KEY") {
    throw new SecretNeededError(`${name} is not set. Run: ${name}=… npm run deploy`);
  }
  const having = WORKERS.filter((worker) => deployed[worker]?.includes(name));
  if (having.length === 0) return make();
  const have = having.map((worker) => project.names[worker]).join(", ");
  throw new SecretNeededError(
    `${name} is set in ${have} and must be the same in the others, but Cloudflare does not give it back.\n` +
      `If you have it: ${name}=… npm run deploy\n` +
      `If this deployment has no data yet: ${having
        .map((worker) => `npx wrangler secret delete ${name} --name ${project.names[worker]}`)
        .join(" && ")}, and run this again.`,
  );
}

function checkSigningKey(value: string): void {
  if (value.length >= SIGNING_KEY_CHARACTERS) return;
  throw new SecretNeededError(`SIGNING_KEY must have at least ${SIGNING_KEY_CHARACTERS} random characters.`);
}
