/**
 * Every error the speech API is known to answer, and the shapes it has been seen in.
 * A refusal is thrown as a slug; only this file knows its status, its words and its envelope.
 */

import type { Flags } from "./settings.ts";

type Row = { status: number; type: string; code: string | null; message: string };

/** Quoted from Together: `invalid_api_key` and `model_not_available`. The other messages are ours. */
export const ERRORS = {
  missing_api_key: {
    status: 401,
    type: "invalid_request_error",
    code: "missing_api_key",
    message:
      "Missing API key. Send it as `Authorization: Bearer <key>`; you can find your API key at https://api.together.ai/settings/api-keys.",
  },
  invalid_api_key: {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message:
      "Invalid API key provided. You can find your API key at https://api.together.ai/settings/api-keys.",
  },
  request_too_large: {
    status: 413,
    type: "invalid_request_error",
    code: "request_too_large",
    message: "The request is larger than direct uploads may be. Send the file as an HTTPS URL, or split it.",
  },
  invalid_params: {
    status: 400,
    type: "invalid_request_error",
    code: "invalid_params",
    message: "Request parameters failed validation.",
  },
  model_not_available: {
    status: 404,
    type: "invalid_request_error",
    code: "model_not_available",
    message:
      "Unable to access model. Please visit https://api.together.ai/models to view the list of models.",
  },
  file_too_large: {
    status: 400,
    type: "invalid_request_error",
    code: "file_too_large",
    message: "The audio download exceeds the maximum size for URL files.",
  },
  unsupported_format: {
    status: 400,
    type: "invalid_request_error",
    code: "unsupported_format",
    message: "The audio container or codec could not be decoded.",
  },
  audio_too_long: {
    status: 400,
    type: "invalid_request_error",
    code: "audio_too_long",
    message: "Audio duration exceeds the maximum.",
  },
  credit_exhausted: {
    status: 402,
    type: "credit_limit",
    code: null,
    message: "Credit limit exceeded. Please visit https://api.together.ai/settings/billing.",
  },
  forbidden: {
    status: 403,
    type: "invalid_request_error",
    code: null,
    message: "The request is not allowed.",
  },
  not_found: {
    status: 404,
    type: "invalid_request_error",
    code: null,
    message: "There is no such route.",
  },
  request_timeout: { status: 408, type: "server_error", code: null, message: "The request timed out." },
  conflict: { status: 409, type: "server_error", code: null, message: "The request conflicts with another." },
  dynamic_request_limited: {
    status: 429,
    type: "dynamic_request_limited",
    code: null,
    message: "Rate limit exceeded.",
  },
  dynamic_token_limited: {
    status: 429,
    type: "dynamic_token_limited",
    code: null,
    message: "Token rate limit exceeded.",
  },
  processing_failed: {
    status: 500,
    type: "server_error",
    code: "processing_failed",
    message: "Internal decode failure.",
  },
  service_unavailable: {
    status: 503,
    type: "service_unavailable_error",
    code: null,
    message: "The service is overloaded. Please try again later.",
  },
} satisfies Record<string, Row>;

type Slug = keyof typeof ERRORS;

/** Why a request was refused. Thrown anywhere below the routes; answered in one place. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly slug: Slug;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(
    slug: Slug,
    message: string = ERRORS[slug].message,
    status: number = ERRORS[slug].status,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.slug = slug;
    this.status = status;
    this.headers = headers;
  }
}

/** The error a bare status stands for when a script names no slug. */
export function slugOfStatus(status: number): Slug {
  switch (status) {
    case 401:
      return "invalid_api_key";
    case 402:
      return "credit_exhausted";
    case 403:
      return "forbidden";
    case 404:
      return "model_not_available";
    case 408:
      return "request_timeout";
    case 409:
      return "conflict";
    case 413:
      return "request_too_large";
    case 429:
      return "dynamic_request_limited";
    case 503:
      return "service_unavailable";
    default:
      return status >= 500 ? "processing_failed" : "invalid_params";
  }
}

export function isSlug(text: string): text is Slug {
  return Object.hasOwn(ERRORS, text);
}

type Envelope = Pick<Flags, "slug_place" | "rate_limit_shape">;

/** Together's error envelope. The `id` carries the ray, as recorded answers do. */
export function errorBody(slug: string, message: string, ray: string, shape: Envelope): object {
  const id = `oStub01-2kFHot-${ray}`;
  const row: Pick<Row, "type" | "code"> = isSlug(slug)
    ? ERRORS[slug]
    : { type: "invalid_request_error", code: slug };

  if (slug === "dynamic_request_limited" || slug === "dynamic_token_limited") {
    return shape.rate_limit_shape === "error_type"
      ? { id, error: { message, type: slug, param: null, code: null }, error_type: slug }
      : { id, error: { message, type: "invalid_request_error", param: null, code: slug } };
  }
  const inType = shape.slug_place === "type" && row.code !== null;
  return {
    id,
    error: {
      message,
      type: inType ? row.code : row.type,
      param: null,
      code: inType ? null : row.code,
    },
  };
}
