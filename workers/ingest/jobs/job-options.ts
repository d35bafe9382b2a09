import { z } from "@hono/zod-openapi";
import { DEFAULT_MODEL, PRIORITIES, TRANSCRIPT_FORMATS } from "../../../shared/job.ts";
import {
  MAX_EXTERNAL_ID_CHARACTERS,
  MAX_METADATA_BYTES,
  MAX_PROMPT_CHARACTERS,
  MAX_RETAIN_DAYS,
  MAX_TAG_CHARACTERS,
  MAX_TAGS,
} from "../../../shared/limits.ts";
import { parseFields } from "../http/refuse-fields.ts";
import { type DestinationPolicy, requireDestination } from "../http/require-destination.ts";

const LANGUAGE = /^(auto|[a-z]{2,3})$/;

const metadata = z
  .record(z.string(), z.unknown())
  .refine((value) => new TextEncoder().encode(JSON.stringify(value)).byteLength <= MAX_METADATA_BYTES, {
    message: `must be at most ${MAX_METADATA_BYTES} bytes of JSON`,
  })
  .openapi({
    type: "object",
    additionalProperties: true,
    description: "Yours, returned as it came; ≤ 16 KB of JSON.",
  });

/** The options of a job. One schema validates and documents them, for every way in. */
export const JobOptionFields = z.strictObject({
  model: z.string().min(1).max(200).default(DEFAULT_MODEL),
  language: z.string().regex(LANGUAGE, "must be an ISO 639-1 code such as `en`, or `auto`").default("auto"),
  prompt: z.string().max(MAX_PROMPT_CHARACTERS).nullable().default(null),
  temperature: z.number().min(0).max(1).default(0),
  timestamp_granularities: z
    .array(z.enum(["segment", "word"]))
    .min(1)
    .max(2)
    .refine((value) => new Set(value).size === value.length, "must not name one twice")
    .openapi({ uniqueItems: true })
    .default(["segment", "word"]),
  diarize: z.boolean().optional().openapi({ description: "Default true; false with task=translate." }),
  min_speakers: z.int().min(1).max(100).nullable().default(null),
  max_speakers: z.int().min(1).max(100).nullable().default(null),
  priority: z.enum(PRIORITIES).default("accuracy").openapi({
    description:
      "With speakers: `accuracy` makes one call as long as it may be, for one set of speakers; `speed` cuts a long recording into parts that are transcribed side by side.",
  }),
  response_format: z.enum(TRANSCRIPT_FORMATS).default("verbose_json"),
  task: z.enum(["transcribe", "translate"]).default("transcribe"),
  webhook_url: z.string().nullable().default(null).openapi({
    format: "uri",
    description:
      "Gets the event of the job's end, and `transcript.updated`; `job.queued` and `job.started` go to endpoints only.",
  }),
  metadata: metadata.default({}),
  external_id: z.string().min(1).max(MAX_EXTERNAL_ID_CHARACTERS).nullable().default(null),
  tags: z
    .array(z.string().min(1).max(MAX_TAG_CHARACTERS))
    .max(MAX_TAGS)
    .transform((tags) => [...new Set(tags)])
    .default([]),
  reuse: z.boolean().default(true),
  retain_audio_days: z.int().min(0).max(MAX_RETAIN_DAYS).nullable().default(null).openapi({
    description:
      "Days after the job's end until its recording is removed; 0: at once. Null: the tenant's default.",
  }),
  retain_transcript_days: z.int().min(1).max(MAX_RETAIN_DAYS).nullable().default(null).openapi({
    description: "Days after the job's end until its transcript is removed. Null: the tenant's default.",
  }),
});

const JobOptions = JobOptionFields.refine(
  (job) => (job.min_speakers ?? 0) <= (job.max_speakers ?? Number.POSITIVE_INFINITY),
  {
    message: "must not be more than max_speakers",
    path: ["min_speakers"],
  },
);

export type JobRequest = z.infer<typeof JobOptions>;

/**
 * Checks a job's options, whichever way they came.
 * @throws Refusal that names each wrong field
 */
export function checkOptions(policy: DestinationPolicy, input: Record<string, unknown>): JobRequest {
  const options = parseFields(JobOptions, input);
  if (options.webhook_url !== null) requireDestination(policy, options.webhook_url, "webhook_url");
  return options;
}
