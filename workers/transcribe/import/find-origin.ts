import { failure } from "../../../shared/failure.ts";
import type { Job } from "../../../shared/job.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { unseal } from "../../../shared/secrets/seal.ts";
import { mayHaveToken } from "../../../shared/slack/hosts.ts";
import { readTokenOfJob } from "../../../shared/storage/slack-threads.ts";
import type { Deps } from "../deps.ts";
import { fail, type Outcome } from "../outcome.ts";
import { anyOrigin, type Origin, slackOrigin } from "./origin.ts";

/**
 * Where a job's recording comes from, with what opens it: the customer's sealed headers, or for a file in Slack the
 * token of the workspace's bot, which is read when it is needed and kept nowhere else.
 */
export async function findOrigin(
  deps: Deps,
  job: Pick<Job, "id">,
  sourceUrl: string,
  headers: string | null,
): Promise<Result<Origin, Outcome>> {
  const { signingKey, slack } = deps.config;
  const isSlack = URL.canParse(sourceUrl) && mayHaveToken(new URL(sourceUrl), slack);
  const install = isSlack ? await readTokenOfJob(deps.db, job.id) : null;
  if (install === null)
    return ok(anyOrigin(headers === null ? {} : JSON.parse(await unseal(signingKey, headers))));
  if (install.token === null) {
    return err(fail(failure("slack_disconnected", "The Slack workspace has removed the app.")));
  }
  return ok(slackOrigin(await unseal(signingKey, install.token), slack));
}
