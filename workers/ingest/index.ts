import { OpenAPIHono } from "@hono/zod-openapi";
import { newId } from "../../shared/id.ts";
import { describeError, log } from "../../shared/log.ts";
import { explainQuota } from "./access/quota.ts";
import type { IngestApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { allowPages } from "./http/allow-pages.ts";
import { answerError, answerMissing } from "./http/answer-error.ts";
import { logRequest } from "./http/log-request.ts";
import { drainBody } from "./http/read-body.ts";
import { requireOwnHost } from "./http/require-own-host.ts";
import { NOTHING_RUNS } from "./http/served-headers.ts";
import { audio } from "./routes/audio.ts";
import { events } from "./routes/events.ts";
import { healthz } from "./routes/healthz.ts";
import { jobAudio } from "./routes/jobs/id/audio.ts";
import { cancel } from "./routes/jobs/id/cancel.ts";
import { edits } from "./routes/jobs/id/edits.ts";
import { jobEvents } from "./routes/jobs/id/events.ts";
import { flags } from "./routes/jobs/id/flags.ts";
import { retry } from "./routes/jobs/id/retry.ts";
import { share } from "./routes/jobs/id/share.ts";
import { transcribeAgain } from "./routes/jobs/id/transcribe-again.ts";
import { transcript } from "./routes/jobs/id/transcript.ts";
import { job } from "./routes/jobs/id.ts";
import { jobs } from "./routes/jobs.ts";
import { keys } from "./routes/keys.ts";
import { media } from "./routes/media.ts";
import { openapiDocument } from "./routes/openapi.json.ts";
import { search } from "./routes/search.ts";
import { slackInstall } from "./routes/slack/install.ts";
import { slackInstallLinks } from "./routes/slack/install-links.ts";
import { slackInstalls } from "./routes/slack/installs.ts";
import { slackRedirect } from "./routes/slack/oauth-redirect.ts";
import { slack } from "./routes/slack.ts";
import { stats } from "./routes/stats.ts";
import { retention } from "./routes/tenants/id/retention.ts";
import { tenants } from "./routes/tenants.ts";
import { uploads } from "./routes/uploads.ts";
import { usage } from "./routes/usage.ts";
import { deliveries } from "./routes/webhooks/deliveries.ts";
import { replays } from "./routes/webhooks/endpoints/id/replay.ts";
import { endpointSecret } from "./routes/webhooks/endpoints/id/rotate-secret.ts";
import { endpointTest } from "./routes/webhooks/endpoints/id/test.ts";
import { endpoint } from "./routes/webhooks/endpoints/id.ts";
import { endpoints } from "./routes/webhooks/endpoints.ts";
import { webhookSecret } from "./routes/webhooks/secret.ts";
import { consumeSlack } from "./slack/consume.ts";
import { sweepSlack } from "./slack/sweep-slack.ts";
import { sweepPendingAudio } from "./sweeps/sweep-pending-audio.ts";
import { sweepRetention } from "./sweeps/sweep-retention.ts";
import { sweepUploads } from "./uploads/sweep-uploads.ts";
import { allowBrowsers, speakTus } from "./uploads/tus.ts";

const app = new OpenAPIHono<IngestApp>();

app.use(async (c, next) => {
  c.set("requestId", newId("req", Date.now()));
  c.set("now", Date.now);
  await next();
  c.header("x-request-id", c.get("requestId"));
  for (const [name, value] of Object.entries(NOTHING_RUNS)) {
    if (!c.res.headers.has(name)) c.header(name, value);
  }
  logRequest(c);
});
// Runs after the request id is set, so that a missing setting gets a response like any other error.
app.use(async (c, next) => {
  c.set("config", readConfig(c.env));
  await next();
});
app.use(requireOwnHost);
app.use("/media/*", allowPages);
app.use("/v1/uploads/*", speakTus, allowBrowsers);
app.onError(async (error, c) => {
  await drainBody(c.req.raw);
  return answerError(await explainQuota(c, error), c);
});
app.notFound((c) => answerMissing(c, app.routes));

const ROUTERS = [
  healthz,
  media,
  jobs,
  audio,
  job,
  cancel,
  retry,
  transcribeAgain,
  transcript,
  uploads,
  edits,
  flags,
  search,
  jobAudio,
  jobEvents,
  events,
  share,
  webhookSecret,
  endpoints,
  endpoint,
  endpointSecret,
  endpointTest,
  replays,
  deliveries,
  keys,
  tenants,
  retention,
  usage,
  stats,
  slack,
  slackInstall,
  slackRedirect,
  slackInstallLinks,
  slackInstalls,
];
for (const router of ROUTERS) app.route("/", router);
app.route("/", openapiDocument(app));

export default {
  fetch: app.fetch,

  async scheduled(_event, env) {
    for (const sweep of [sweepPendingAudio, sweepUploads, sweepRetention, sweepSlack]) {
      // A sweep that fails does not stop the others.
      await sweep(env, Date.now).catch((error: unknown) => {
        log("sweep.failed", { part: sweep.name, error: describeError(error) });
      });
    }
  },

  queue: consumeSlack,
} satisfies ExportedHandler<Cloudflare.IngestEnv>;
