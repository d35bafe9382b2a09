import { unseal } from "../../../shared/secrets/seal.ts";
import type { SlackApi } from "../../../shared/slack/call-slack.ts";
import { patientBucket, patientDatabase } from "../../../shared/storage/patient.ts";
import type { SlackInstall } from "../../../shared/storage/slack-installs.ts";
import { type IngestConfig, readConfig } from "../config.ts";

/** Everything outside the Slack code that a request can touch. Tests bring their own clock, randomness and network. */
export type SlackDeps = {
  env: Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "TRANSCRIBE_QUEUE" | "NOTIFY_QUEUE" | "SLACK_QUEUE">;
  config: IngestConfig;
  fetch: SlackApi["fetch"];
  now: () => number;
  random: () => number;
};

export function createSlackDeps(env: Cloudflare.IngestEnv): SlackDeps {
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const patience = { pause, random: Math.random };
  return {
    env: {
      DB: patientDatabase(env.DB, patience),
      BUCKET: patientBucket(env.BUCKET, patience),
      TRANSCRIBE_QUEUE: env.TRANSCRIBE_QUEUE,
      NOTIFY_QUEUE: env.NOTIFY_QUEUE,
      SLACK_QUEUE: env.SLACK_QUEUE,
    },
    config: readConfig(env),
    fetch: (url, init) => fetch(url, init),
    now: Date.now,
    random: Math.random,
  };
}

/** The Web API, called as a workspace's bot. */
export async function openApi(deps: SlackDeps, install: SlackInstall): Promise<SlackApi> {
  const { signingKey, slack } = deps.config;
  const token = await unseal(signingKey, install.token);
  return { fetch: deps.fetch, baseUrl: slack.hosts.apiUrl, token, now: deps.now };
}
