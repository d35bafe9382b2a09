import { OpenAPIHono } from "@hono/zod-openapi";
import { newId } from "../../shared/id.ts";
import { describeError, log } from "../../shared/log.ts";
import { explainQuota } from "./access/quota.ts";
import type { IngestApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { drainBody } from "./http/drain-body.ts";
import { logRequest } from "./http/log-request.ts";
import { answerMissing } from "./http/missing-route.ts";
import { answerError } from "./http/problem.ts";
import { dropIn } from "./routes/audio.ts";
import { docs } from "./routes/docs.ts";
import { listen } from "./routes/events.ts";
import { health } from "./routes/healthz.ts";
import { audio } from "./routes/jobs/id/audio.ts";
import { edits } from "./routes/jobs/id/edits.ts";
import { events } from "./routes/jobs/id/events.ts";
import { flags } from "./routes/jobs/id/flags.ts";
import { shares } from "./routes/jobs/id/share.ts";
import { transcripts } from "./routes/jobs/id/transcript.ts";
import { jobDetails } from "./routes/jobs/id.ts";
import { jobs } from "./routes/jobs.ts";
import { keys } from "./routes/keys.ts";
import { media } from "./routes/media.ts";
import { retention } from "./routes/retention.ts";
import { search } from "./routes/search.ts";
import { slackInstall } from "./routes/slack/install.ts";
import { slackInstalls } from "./routes/slack/installs.ts";
import { slack } from "./routes/slack.ts";
import { stats } from "./routes/stats.ts";
import { submit } from "./routes/submit.ts";
import { tenants } from "./routes/tenants.ts";
import { uploads } from "./routes/uploads.ts";
import { usage } from "./routes/usage.ts";
import { deliveries } from "./routes/webhooks/deliveries.ts";
import { endpointActions } from "./routes/webhooks/endpoints/id.ts";
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
  logRequest(c);
});
// Behind the request id: a missing setting is answered like any other error.
app.use(async (c, next) => {
  c.set("config", readConfig(c.env));
  await next();
});
app.use("/v1/uploads/*", speakTus, allowBrowsers);
app.onError(async (error, c) => {
  await drainBody(c.req.raw);
  return answerError(await explainQuota(c, error), c);
});
app.notFound((c) => answerMissing(c, app.routes));

app.route("/", health);
app.route("/", media);
app.route("/", submit);
app.route("/", dropIn);
app.route("/", jobs);
app.route("/", jobDetails);
app.route("/", transcripts);
app.route("/", uploads);
app.route("/", edits);
app.route("/", flags);
app.route("/", search);
app.route("/", audio);
app.route("/", events);
app.route("/", listen);
app.route("/", shares);
app.route("/", webhookSecret);
app.route("/", endpoints);
app.route("/", endpointActions);
app.route("/", deliveries);
app.route("/", keys);
app.route("/", tenants);
app.route("/", retention);
app.route("/", usage);
app.route("/", stats);
app.route("/", slack);
app.route("/", slackInstall);
app.route("/", slackInstalls);
docs(app);

export default {
  fetch: app.fetch,

  async scheduled(_event, env) {
    for (const sweep of [sweepPendingAudio, sweepUploads, sweepRetention, sweepSlack]) {
      // One that fails does not keep the others from their turn.
      await sweep(env, Date.now).catch((error: unknown) => {
        log("sweep.failed", { part: sweep.name, error: describeError(error) });
      });
    }
  },

  queue: consumeSlack,
} satisfies ExportedHandler<Cloudflare.IngestEnv>;
