import { z } from "@hono/zod-openapi";
import { TRANSCRIPT_FORMATS } from "../../../shared/job.ts";
import {
  MAX_EXTERNAL_ID_CHARACTERS,
  MAX_METADATA_BYTES,
  MAX_PROMPT_CHARACTERS,
  MAX_RETAIN_DAYS,
  MAX_TAG_CHARACTERS,
  MAX_TAGS,
} from "../../../shared/limits.ts";
import { checkDestination } from "../../../shared/webhooks/destination.ts";

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

/** What a caller may ask of a job, whichever door it comes through; one schema validates and documents. */
export const JobOptionFields = z.strictObject({
  model: z.string().min(1).max(200).default("openai/whisper-large-v3"),
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

export type FieldProblem = { field: string; message: string };

/** The checked options, or what is wrong with which field. */
export function parseJobOptions(
  input: Record<string, unknown>,
): { ok: true; value: JobRequest } | { ok: false; errors: FieldProblem[] } {
  const parsed = JobOptions.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = parsed.error.issues.flatMap((issue): FieldProblem[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((field) => ({ field, message: "is not a field of a job" }));
    }
    return [{ field: issue.path.join(".") || "body", message: issue.message }];
  });
  return { ok: false, errors };
}

/** Why a URL on a customer's word may not be called, or null. */
export function refuseDestination(
  url: string,
  config: { allowLocal: boolean; baseUrl: string },
): string | null {
  const checked = checkDestination(url, { allowLocal: config.allowLocal, ownHosts: [config.baseUrl] });
  return checked.ok ? null : checked.detail;
}
