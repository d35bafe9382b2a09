/** What can be changed while the stand-in runs: limits, the guesses (as flags), the pace and the faults. */

import { z } from "zod";
import { faultSchema } from "./faults.ts";

const bytes = z.int().min(1);

const limitsSchema = z.strictObject({
  /** The whole multipart body, as the edge counts it. */
  max_upload_bytes: bytes,
  max_url_bytes: bytes,
  max_seconds: z.number().positive(),
});

const flagsSchema = z.strictObject({
  slug_place: z.enum(["code", "type"]),
  rate_limit_shape: z.enum(["error_type", "code"]),
  request_too_large_shape: z.enum(["html", "json"]),
  require_user_agent: z.boolean(),
  language_when_omitted: z.enum(["auto", "en"]),
  detected_language: z.string().regex(/^[a-z]{2,3}$/, "must be a language code such as en"),
  diarize_with_json: z.enum(["text_only", "speaker_segments"]),
  word_ids: z.enum(["restart", "global", "absent"]),
  accepted_containers: z.array(z.string()),
  bad_url_slug: z.enum(["invalid_params", "unsupported_format"]),
  fetch_mode: z.enum(["get", "range", "head"]),
  fetch_range_bytes: bytes,
  fetch_timeout_seconds: z.number().positive(),
  max_redirects: z.int().min(0),
  https_only: z.boolean(),
  allow_loopback: z.boolean(),
});

export type Flags = z.infer<typeof flagsSchema>;

export const settingsSchema = z.strictObject({
  faults: z.array(faultSchema).max(1000),
  seconds_per_audio_minute: z.number().min(0).max(3600),
  limits: limitsSchema,
  flags: flagsSchema,
});

export type Settings = z.infer<typeof settingsSchema>;

export const patchSchema = settingsSchema
  .extend({ limits: limitsSchema.partial(), flags: flagsSchema.partial(), reset: z.boolean() })
  .partial();

/** What a caller may write in a patch: the input side of the schema, so that defaults may be left out. */
export type SettingsPatch = z.input<typeof patchSchema>;

export const DEFAULT_SETTINGS: Settings = {
  faults: [],
  seconds_per_audio_minute: 0,
  limits: { max_upload_bytes: 80_000_000, max_url_bytes: 1_000_000_000, max_seconds: 14_400 },
  flags: {
    slug_place: "code",
    rate_limit_shape: "error_type",
    request_too_large_shape: "html",
    require_user_agent: false,
    language_when_omitted: "auto",
    detected_language: "en",
    diarize_with_json: "text_only",
    word_ids: "restart",
    accepted_containers: ["wav", "mp3", "mp4", "aac", "ogg", "webm", "flac"],
    bad_url_slug: "invalid_params",
    fetch_mode: "get",
    fetch_range_bytes: 8_388_608,
    fetch_timeout_seconds: 60,
    max_redirects: 3,
    https_only: false,
    allow_loopback: true,
  },
};
