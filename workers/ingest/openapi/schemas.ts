import { z } from "@hono/zod-openapi";
import { FAILURE_CODES } from "../../../shared/failure.ts";
import { FLAG_KINDS } from "../../../shared/flag-kinds.ts";
import { JOB_STAGES, JOB_STATUSES, PRIORITIES, TRANSCRIPT_FORMATS } from "../../../shared/job.ts";
import { SCOPES } from "../../../shared/scope.ts";
import { SPEECH_APIS } from "../../../shared/speech/provider.ts";
import { WARNING_CODES } from "../../../shared/speech/warning.ts";
import { QUOTAS } from "../../../shared/tenant-limits.ts";
import { ALL_EVENT_TYPES } from "../../../shared/webhooks/event-types.ts";
import { PROBLEM_CODES } from "../http/problem.ts";

/** Responses of the API, for the OpenAPI document. Requests are in the routes that take them. */

const time = z.string().openapi({ format: "date-time" });
const count = z.int().min(0);

const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(PROBLEM_CODES as [string, ...string[]]),
    action: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    limit: z
      .object({
        name: z.enum([...QUOTAS, "requests_per_minute"]),
        max: z.number(),
        used: z.number(),
        resets_at: time.nullable(),
      })
      .optional()
      .openapi({
        description: "The limit that was reached; `resets_at` is null where no time frees anything.",
      }),
  })
  .openapi("Problem");

const FlagCountsSchema = z
  .object(Object.fromEntries(FLAG_KINDS.map((kind) => [kind, count])))
  .openapi("FlagCounts", { description: "Places that deserve a second look, by kind." });

export const JobSchema = z
  .object({
    id: z.string(),
    object: z.literal("job"),
    status: z.enum(JOB_STATUSES),
    task: z.enum(["transcribe", "translate"]),
    options: z.object({
      model: z.string(),
      language: z.string(),
      prompt: z.string().nullable(),
      temperature: z.number(),
      timestamp_granularities: z.array(z.enum(["segment", "word"])),
      diarize: z.boolean(),
      min_speakers: z.int().nullable(),
      max_speakers: z.int().nullable(),
      priority: z.enum(PRIORITIES),
      response_format: z.enum(TRANSCRIPT_FORMATS),
      reuse: z.boolean(),
    }),
    audio: z.object({
      filename: z.string().nullable(),
      bytes: count.nullable(),
      content_type: z.string().nullable(),
      container: z.string().nullable(),
      codec: z.string().nullable(),
      duration: z.number().nullable().openapi({ description: "Seconds." }),
      channels: count.nullable(),
      sample_rate: count.nullable().openapi({ description: "Hz." }),
      sha256: z.string().nullable(),
    }),
    progress: z.object({
      stage: z.enum(JOB_STAGES),
      parts_done: count,
      parts_total: count,
      waiting_for: z.string().nullable(),
    }),
    result: z
      .object({
        language: z.string().nullable().openapi({ description: "null: nobody heard a word." }),
        duration: z.number(),
        segments: count,
        words: count,
        speakers: z.array(z.string()),
        transcript_sha256: z.string(),
        reused_from: z.string().nullable(),
        speaker_links: z.array(
          z.object({
            part: count,
            local: z.string(),
            speaker: z.string(),
            confidence: z.number(),
            weak: z.boolean(),
            by: z.enum(["overlap", "reference", "both", "none"]),
          }),
        ),
        flags: FlagCountsSchema,
        speech: z
          .object({ api: z.enum(SPEECH_APIS), model: z.string() })
          .openapi({ description: "Who heard it." }),
        warnings: z
          .array(
            z.object({
              code: z.enum(WARNING_CODES as [string, ...string[]]),
              message: z.string(),
              action: z.string(),
            }),
          )
          .openapi({ description: "What is to be known of the transcript; empty when all is well." }),
        transcript_url: z.string(),
      })
      .nullable(),
    error: z
      .object({
        code: z.enum(FAILURE_CODES as [string, ...string[]]),
        message: z.string(),
        action: z.string(),
        retryable: z.boolean(),
        upstream_id: z.string().nullable(),
      })
      .nullable(),
    timings: z.object({
      stored_at: time.nullable(),
      started_at: time.nullable(),
      upstream_ms: count,
      completed_at: time.nullable(),
    }),
    speakers: z.record(z.string(), z.string()).openapi({ description: "Names by speaker id." }),
    revision: count.openapi({ description: "Of names and corrections; 0: the machine's transcript." }),
    retention: z.object({
      audio_days: count.nullable(),
      transcript_days: count.nullable(),
      audio_until: time.nullable(),
      transcript_until: time.nullable(),
      audio_removed_at: time.nullable(),
      transcript_removed_at: time.nullable(),
    }),
    webhook_url: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    tags: z.array(z.string()),
    external_id: z.string().nullable(),
    created_at: time,
  })
  .openapi("Job");

export const TranscriptSchema = z
  .looseObject({
    language: z.string(),
    duration: z.number(),
    text: z.string(),
    segments: z.array(z.looseObject({ id: z.int(), start: z.number(), end: z.number(), text: z.string() })),
  })
  .openapi("Transcript", {
    description: "Together's verbose_json; `words` and `speaker_segments` when asked for.",
  });

export const QuotaSchema = z.object({
  name: z.enum(QUOTAS),
  max: z.number(),
  used: z.number(),
  resets_at: time.nullable(),
});

export const TenantSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    limits: z
      .object({
        minutes_per_month: z.number().nullable(),
        jobs_at_once: count.nullable(),
        requests_per_minute: count.nullable(),
        bytes_stored: count.nullable(),
      })
      .openapi({ description: "null: no limit." }),
    created_at: time,
  })
  .openapi("Tenant");

export const KeySchema = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created_at: time,
    expires_at: time.nullable(),
    last_used_at: time.nullable().openapi({ description: "Within a minute." }),
    revoked_at: time.nullable(),
  })
  .openapi("Key");

export const DeliverySchema = z
  .object({
    id: z.string(),
    event_id: z.string(),
    type: z.string(),
    job_id: z.string().nullable(),
    endpoint_id: z.string().nullable().openapi({ description: "null: the job's `webhook_url`." }),
    url: z.string(),
    status: z.enum(["pending", "delivered", "failed", "discarded"]),
    tries: count,
    next_attempt_at: time.nullable(),
    created_at: time,
    finished_at: time.nullable(),
    attempts: z
      .array(
        z.object({
          n: count,
          url: z.string(),
          started_at: time,
          duration_ms: count,
          http_status: count.nullable(),
          error: z.string().nullable(),
          stage: z
            .enum(["before", "during"])
            .nullable()
            .openapi({ description: "When it failed; only `during` counts against the endpoint." }),
          response: z.string(),
        }),
      )
      .optional(),
  })
  .openapi("Delivery");

/** An event as it is fetched: the same that a webhook's receiver gets. */
export const FedEventSchema = z
  .object({
    id: z.string(),
    type: z.enum(ALL_EVENT_TYPES),
    job_id: z.string().nullable(),
    created_at: time,
    headers: z
      .object({ "webhook-id": z.string(), "webhook-timestamp": z.string(), "webhook-signature": z.string() })
      .openapi({ description: "Standard Webhooks, signed when this page was read." }),
    body: z
      .string()
      .openapi({ description: "The exact bytes that are signed: JSON, not to be parsed and printed again." }),
  })
  .openapi("FedEvent");
const wordId = z.union([z.number(), z.string()]);

export const EditsSchema = z
  .object({
    job_id: z.string(),
    revision: count,
    speakers: z.record(z.string(), z.string()),
    edits: z.array(
      z.object({
        from: wordId,
        to: wordId,
        text: z.string().optional(),
        speaker: z.string().optional(),
      }),
    ),
    revisions: z.array(z.object({ revision: count, edits: count, created_at: time })),
  })
  .openapi("Edits");

export const FlagsSchema = z
  .object({
    job_id: z.string(),
    counts: FlagCountsSchema,
    data: z.array(
      z.object({
        kind: z.enum(FLAG_KINDS),
        segment_id: wordId.nullable(),
        start: z.number(),
        end: z.number(),
        words: z.object({ from: wordId, to: wordId }).nullable(),
        text: z.string(),
      }),
    ),
  })
  .openapi("Flags");

export const HitSchema = z
  .object({
    job_id: z.string(),
    filename: z.string().nullable(),
    start: z.number().openapi({ description: "Seconds: when the first word of the match is said." }),
    end: z.number(),
    speaker: z.string().nullable(),
    speaker_name: z.string().nullable(),
    snippet: z.string(),
    matches: z.array(z.array(count).length(2)).openapi({
      description: "Where in the snippet the matches are: UTF-16 offsets, the end excluded.",
    }),
  })
  .openapi("Hit");

/** A page: `next` is the cursor for `?after=`, null on the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next: z.string().nullable() });
}

/** JSON with this schema, for a route's `responses`. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

const problem = {
  description: "Refused",
  content: { "application/problem+json": { schema: ProblemSchema } },
};

/** The refusals that a route documents, by status. Those of every route with a key are in document-common.ts. */
export function problems<S extends number>(...statuses: S[]): Record<S, typeof problem> {
  return Object.fromEntries(statuses.map((status) => [status, problem])) as Record<S, typeof problem>;
}
