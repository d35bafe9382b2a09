import { z } from "@hono/zod-openapi";
import { TRANSCRIPT_FORMATS } from "../../../shared/job.ts";
import type { RenderOptions } from "../../../shared/render/render.ts";
import { SUBTITLE_BOUNDS } from "../../../shared/render/subtitle-rules.ts";

/** The query parameters of an export. */

const BOUNDS = SUBTITLE_BOUNDS;

function within({ default: usual, min, max }: { default: number; min: number; max: number }, what: string) {
  return z.coerce
    .number()
    .min(min)
    .max(max)
    .default(usual)
    .openapi({ description: `${what} (srt, vtt, zip)` });
}

function whole(bounds: { default: number; min: number; max: number }, what: string) {
  return within(bounds, what).refine(Number.isInteger, "must be a whole number");
}

export const layerQuery = z
  .enum(["machine", "edited"])
  .default("edited")
  .openapi({ description: "As it was heard, or with the names and corrections that people gave it." });

export const ExportQuery = z
  .object({
    format: z.enum(TRANSCRIPT_FORMATS).optional(),
    layer: layerQuery,
    times: z
      .enum(["true", "false"])
      .transform((value) => value === "true")
      .optional()
      .openapi({
        type: "boolean",
        description: "Say when each turn begins: text (default false), md and docx (default true), zip",
      }),
    max_chars_per_line: whole(BOUNDS.maxLineColumns, "Characters of a line; a wide one counts twice"),
    max_lines: whole(BOUNDS.maxLines, "Lines of a cue"),
    max_cue_seconds: within(BOUNDS.maxCueSeconds, "No cue is longer"),
    min_cue_seconds: within(BOUNDS.minCueSeconds, "No cue is shorter where the next one leaves room"),
    max_pause_seconds: within(BOUNDS.maxPauseSeconds, "A longer silence ends a cue"),
    speaker_labels: z.enum(["changes", "always", "never"]).default("changes").openapi({
      description: "Where a subtitle names the speaker; vtt: its voice tag, in all cues or in none",
    }),
  })
  .refine(({ min_cue_seconds: min, max_cue_seconds: max }) => min <= max, {
    message: "must not be more than max_cue_seconds",
    path: ["min_cue_seconds"],
  });

type ExportRequest = z.infer<typeof ExportQuery>;

export function renderOptionsOf(query: ExportRequest): Omit<RenderOptions, "speakerNames"> {
  return {
    times: query.times,
    rules: {
      maxLineColumns: query.max_chars_per_line,
      maxLines: query.max_lines,
      maxCueSeconds: query.max_cue_seconds,
      minCueSeconds: query.min_cue_seconds,
      maxPauseSeconds: query.max_pause_seconds,
      labels: query.speaker_labels,
    },
  };
}
