import { OpenAPIHono } from "@hono/zod-openapi";
import { newId } from "../../shared/id.ts";
import { describeError, log } from "../../shared/log.ts";
import type { IngestApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { dismissBody } from "./dismiss-body.ts";
import { logRequest } from "./log-request.ts";
import { answerMissing } from "./missing-route.ts";
import { answerError } from "./problem.ts";
import { explainQuota } from "./quota.ts";
import { audio } from "./routes/audio.ts";
import { deliveries } from "./routes/deliveries.ts";
import { docs } from "./routes/docs.ts";
import { dropIn } from "./routes/drop-in.ts";
import { edits } from "./routes/edits.ts";
import { endpointActions } from "./routes/endpoint-actions.ts";
import { endpoints } from "./routes/endpoints.ts";
import { events } from "./routes/events.ts";
import { flags } from "./routes/flags.ts";
import { health } from "./routes/health.ts";
import { jobDetails } from "./routes/job-details.ts";
import { jobs } from "./routes/jobs.ts";
import { keys } from "./routes/keys.ts";
import { listen } from "./routes/listen.ts";
import { media } from "./routes/media.ts";
import { retention } from "./routes/retention.ts";
import { search } from "./routes/search.ts";
import { shares } from "./routes/shares.ts";
import { slackInstalls } from "./routes/slack-installs.ts";
import { stats } from "./routes/stats.ts";
import { submit } from "./routes/submit.ts";
import { tenants } from "./routes/tenants.ts";
import { transcripts } from "./routes/transcripts.ts";
import { uploads } from "./routes/uploads.ts";
import { usage } from "./routes/usage.ts";
import { webhookSecret } from "./routes/webhook-secret.ts";
import { consumeSlack } from "./slack/consume.ts";
import { slackInstall } from "./slack/install.ts";
import { slack } from "./slack/routes.ts";
import { sweepSlack } from "./slack/sweep-slack.ts";
import { sweepIntake } from "./sweep.ts";
import { sweepRetention } from "./sweep-retention.ts";
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
  await dismissBody(c.req.raw);
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
    for (const sweep of [sweepIntake, sweepUploads, sweepRetention, sweepSlack]) {
      // One that fails does not keep the others from their turn.
      await sweep(env, Date.now).catch((error: unknown) => {
        log("sweep.failed", { part: sweep.name, error: describeError(error) });
      });
    }
  },

  queue: consumeSlack,
} satisfies ExportedHandler<Cloudflare.IngestEnv>;
