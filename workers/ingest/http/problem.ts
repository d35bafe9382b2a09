/**
 * Every way the API can refuse a request. The list is closed; each entry has its status and what to do. docs/api.md
 * explains them. The body is RFC 9457 `application/problem+json`.
 */
const PROBLEMS = {
  unauthorized: [
    401,
    "No valid API key",
    "Send `Authorization: Bearer <key>` with a key that has not expired or been revoked.",
  ],
  scope_missing: [403, "The key's scopes do not allow this", "Use a key that has the scope named."],
  operator_only: [403, "Only for the operator", "Use the deployment's OPERATOR_KEY for this route."],
  rate_limited: [429, "Too many requests", "Wait as long as Retry-After says."],
  quota_exceeded: [
    429,
    "A limit of the tenant is reached",
    "See `limit`: wait until it resets, finish or delete what counts, or ask the operator for more.",
  ],
  idempotency_key_reused: [
    409,
    "The Idempotency-Key belongs to another request",
    "Use a new key for a new request.",
  ],
  request_in_progress: [
    409,
    "The first request with this Idempotency-Key still runs",
    "Send the same request again after Retry-After.",
  ],
  invalid_idempotency_key: [400, "The Idempotency-Key cannot be used", "Send a UUID, for example."],
  not_found: [404, "Not found", "Check the id and the path; the API is listed at /docs."],
  wrong_host: [
    421,
    "Another host is asked for",
    "Under `npm start`, use http://127.0.0.1 or http://localhost with the port; for another name, set PUBLIC_BASE_URL to it.",
  ],
  method_not_allowed: [405, "Method not allowed", "Check the method; the API is listed at /docs."],
  not_ready: [
    409,
    "The job has no transcript yet",
    "Wait for the job: GET /v1/jobs/{id}?wait=60, or use a webhook.",
  ],
  job_state: [409, "The job's state does not allow this", "Read the job to see its status."],
  upload_conflict: [
    409,
    "The upload's offset is another",
    "Ask for it with HEAD /v1/uploads/{id} and go on from there.",
  ],
  upload_locked: [423, "Another request is writing", "Wait a few seconds and try again."],
  upload_unfinished: [
    409,
    "The upload is not finished",
    "Ask for its offset with HEAD /v1/uploads/{id} and send the rest.",
  ],
  upload_used: [409, "The upload is a job already", "Read the job; for another one, upload again."],
  upload_expired: [410, "The upload has expired", "Start a new upload."],
  invalid_upload: [
    400,
    "A header of the upload is wrong",
    "Correct the header that is named; docs/uploads.md.",
  ],
  tus_version: [412, "Another version of tus", "Send `Tus-Resumable: 1.0.0`."],
  checksum_mismatch: [460, "The bytes do not match their checksum", "Send the same bytes again."],
  revision_required: [
    428,
    "The request does not say what it changes",
    "Send `If-Match` with the ETag of GET /v1/jobs/{id}/edits.",
  ],
  revision_conflict: [
    412,
    "The transcript has been changed since",
    "Read /v1/jobs/{id}/edits again, make your change to that, and send it with its ETag.",
  ],
  gone: [
    410,
    "It was removed",
    "It was kept as long as was asked: see `retention` of the job. Send the recording again if you need it.",
  ],
  audio_gone: [409, "The recording is not stored", "Wait until the job's stage is past `importing`."],
  endpoint_disabled: [
    409,
    "The endpoint is disabled",
    'Enable it first: PATCH /v1/webhooks/endpoints/{id} with {"enabled": true}.',
  ],
  endpoint_changed: [409, "The endpoint was changed at the same moment", "Read it, and try again."],
  endpoint_limit: [409, "There are too many endpoints", "Delete one that is not needed."],
  share_limit: [409, "There are too many links", "End them: DELETE /v1/jobs/{id}/share. Then make new ones."],
  secret_limit: [409, "Too many secrets are still valid", "Wait until an old one expires."],
  replay_running: [409, "A replay is running", "Wait for it: GET /v1/webhooks/endpoints/{id}/replay."],
  empty_body: [
    400,
    "The request has no audio",
    "Send the recording as the body, as form field `file`, or its URL as JSON.",
  ],
  invalid_json: [400, "The body is not JSON", "Send one JSON object, UTF-8."],
  invalid_form: [400, "The form cannot be read", "Send multipart/form-data as curl -F or FormData make it."],
  upload_incomplete: [400, "The upload broke off", "Nothing was kept. Send the recording again."],
  invalid_params: [422, "A field has a wrong value", "Correct the fields listed in `errors`."],
  destination_refused: [422, "This URL may not be called", "Give a public https URL with a host name."],
  file_too_large: [413, "The recording is too large", "Compress or split the recording."],
  unsupported_media_type: [
    415,
    "This Content-Type is not taken",
    "Send audio/*, video/* or application/octet-stream, multipart/form-data, or application/json; a chunk of an upload is application/offset+octet-stream.",
  ],
  range_not_satisfiable: [
    416,
    "The range lies outside the file",
    "Ask for a range within the file's length.",
  ],
  slack_not_configured: [
    503,
    "Slack is not set up here",
    "The operator sets SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_SIGNING_SECRET; docs/slack.md.",
  ],
  slack_signature: [
    401,
    "The request is not signed by Slack",
    "Check SLACK_SIGNING_SECRET and the clocks: a signature holds for five minutes.",
  ],
  slack_link: [
    400,
    "The installation cannot go on",
    "Make a new link with POST /v1/slack/install-links and open it; a link works once.",
  ],
  slack_other_tenant: [
    409,
    "The workspace belongs to another customer",
    "Remove it there first: DELETE /v1/slack/installs/{team}.",
  ],
  slack_refused: [
    502,
    "Slack refused",
    "Start the installation again; the operator finds Slack's answer in the log.",
  ],
  storage_unavailable: [
    503,
    "Storage cannot be reached at the moment",
    "Send the same request again after Retry-After; with the same Idempotency-Key nothing is made twice.",
  ],
  internal_error: [
    500,
    "Internal error",
    "This is our fault. Try again, and tell the operator the request id.",
  ],
  not_configured: [503, "The server is not set up", "The operator finds the missing setting in the log."],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

type Problem = { code: ProblemCode; status: number; title: string; action: string };

export function problemOf(code: ProblemCode): Problem {
  const [status, title, action] = PROBLEMS[code];
  return { code, status, title, action };
}

/** The whole list, for the page that each problem's `type` points to. */
export function listProblems(): Problem[] {
  return PROBLEM_CODES.map(problemOf);
}

/** `field` is a path such as `edits.3.text`, or `body`. */
export type FieldError = { field: string; message: string };

/** The limit that was reached. */
type ReachedLimit = { name: string; max: number; used: number; resets_at: string | null };
type More = { headers?: Record<string, string>; limit?: ReachedLimit };

/** A refused request. Routes throw no other error on purpose. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: ProblemCode;
  readonly errors: FieldError[];
  readonly more: More;
  /** @param detail what was wrong with this request, for its sender */
  constructor(code: ProblemCode, detail: string, errors: FieldError[] = [], more: More = {}) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.more = more;
  }
}
