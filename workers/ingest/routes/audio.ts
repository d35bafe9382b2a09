import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Job, Task } from "../../../shared/job.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import { explainQuota } from "../access/quota.ts";
import { requireKey } from "../access/require-key.ts";
import { depsOf, type IngestApp, ownerOf } from "../app.ts";
import { outliveClient } from "../http/outlive-client.ts";
import { drainBody } from "../http/read-body.ts";
import { createRouter } from "../http/router.ts";
import { createJob } from "../jobs/create-job.ts";
import { checkOptions, JobOptionFields } from "../jobs/job-options.ts";
import { answerWhenFinished } from "../openai-compat/answer-when-finished.ts";
import { answerInEnvelope, ENVELOPE_CODES } from "../openai-compat/envelope.ts";
import { type Asked, DROP_IN_FORMATS, readFields } from "../openai-compat/read-fields.ts";
import { writeAnswer } from "../openai-compat/write-answer.ts";
import { json } from "../openapi/schemas.ts";
import { receive } from "../submit/receive.ts";

/** For the SDKs of OpenAI and Together: their fields, responses and errors. Each request is a job. */
export const audio = createRouter();

audio.onError(async (error, c) => {
  await drainBody(c.req.raw);
  return answerInEnvelope(await explainQuota(c, error), c);
});

const ErrorEnvelope = z
  .object({
    id: z.string(),
    error: z.object({
      message: z.string(),
      type: z.enum(["invalid_request_error", "rate_limit_error", "server_error"]),
      param: z.string().nullable(),
      code: z.enum(ENVELOPE_CODES),
    }),
  })
  .openapi("DropInError");
const refused = json("Refused, or the job failed", ErrorEnvelope);

const REFUSED_WITH = [400, 401, 403, 404, 409, 410, 413, 415, 429, 500, 503, 504];

const ROUTES: [path: string, task: Task, summary: string][] = [
  ["/v1/audio/transcriptions", "transcribe", "Transcribe and wait: for the SDKs of OpenAI and Together"],
  ["/v1/audio/translations", "translate", "Translate into English and wait: for the same SDKs"],
];

for (const [path, task, summary] of ROUTES) {
  // Registered by hand: validation would read the whole body into memory.
  audio.openAPIRegistry.registerPath({
    method: "post",
    path,
    tags: ["drop-in"],
    summary,
    description:
      "A job like any other, but for the words: `diarize` is false, `response_format` is `json`, and OpenAI's model names are taken. `X-Job-Id` names the job, which goes on should the caller go away. After 50 s a JSON answer begins with spaces that keep the connection alive. docs/drop-in.md has the rest.",
    security: [{ key: [] }],
    request: {
      body: {
        required: true,
        content: {
          "multipart/form-data": {
            schema: JobOptionFields.omit({ task: true })
              .partial()
              .extend({
                file: z.string().openapi({ format: "binary", description: "Or a URL." }),
                response_format: z.enum(DROP_IN_FORMATS).optional(),
              }),
          },
        },
      },
    },
    responses: {
      200: {
        description: "The transcript",
        content: {
          "application/json": { schema: z.looseObject({ text: z.string() }) },
          "text/plain": { schema: z.string() },
          "application/x-subrip": { schema: z.string() },
          "text/vtt": { schema: z.string() },
        },
      },
      ...Object.fromEntries(REFUSED_WITH.map((status) => [status, refused])),
    },
  });
  audio.post(path, requireKey, (c) => transcribe(c, task));
}

async function transcribe(c: Context<IngestApp>, task: Task): Promise<Response> {
  const { job, asked } = await outliveClient(c, submit(c, task));
  c.header("x-job-id", job.id); // of a refusal
  const isText = ["text", "srt", "vtt"].includes(asked.format);
  const answer = await answerWhenFinished(job, isText, {
    look: () => readJob(c.env.DB, job.tenantId, job.id),
    pause: (ms) => scheduler.wait(ms),
    now: c.get("now"),
    signal: c.req.raw.signal,
    write: (finished) => writeAnswer(c.env.DB, finished, asked),
    explain: async (error) => (await answerInEnvelope(error, c)).text(),
  });
  answer.headers.set("x-job-id", job.id);
  return answer;
}

async function submit(c: Context<IngestApp>, task: Task): Promise<{ job: Job; asked: Asked }> {
  await using sent = await receive(c);
  const { asked, options } = readFields(sent.fields, task);
  const checked = checkOptions(c.get("config"), options);
  return { asked, job: await createJob(depsOf(c), ownerOf(c), checked, await sent.source()) };
}
