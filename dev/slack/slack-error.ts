/** Every way a Web API method says no, in Slack's own codes (docs.slack.dev, each method's list of errors). */
const ERROR_CODES = [
  "account_inactive",
  "bad_client_secret",
  "bad_redirect_uri",
  "cannot_reply_to_message",
  "cant_delete_file",
  "cant_delete_message",
  "cant_update_message",
  "channel_not_found",
  "client_id_token_mismatch",
  "duplicate_external_id",
  "exchanged_trigger_id",
  "expired_trigger_id",
  "file_deleted",
  "file_not_found",
  "hash_conflict",
  "internal_error",
  "invalid_arguments",
  "invalid_auth",
  "invalid_blocks",
  "invalid_blocks_format",
  "invalid_client_id",
  "invalid_code",
  "invalid_metadata_format",
  "invalid_post_type",
  "invalid_trigger_id",
  "is_archived",
  "markdown_text_conflict",
  "message_not_found",
  "missing_argument",
  "missing_scope",
  "msg_blocks_too_long",
  "msg_too_long",
  "no_text",
  "not_authed",
  "not_found",
  "not_in_channel",
  "ratelimited",
  "team_not_found",
  "thread_not_found",
  "token_revoked",
  "unknown_method",
  "user_not_found",
  "user_not_in_channel",
  "view_too_large",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** A refusal by a Web API method: HTTP 200 with `ok: false`, or 429 for `ratelimited`. */
export class SlackError extends Error {
  override name = "SlackError";
  readonly code: ErrorCode;
  /** What is beside `ok` and `error` in the answer, such as `needed` or `response_metadata`. */
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, details: Record<string, unknown> = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** A refusal with its reasons where Slack writes them. */
export function refuse(code: ErrorCode, ...reasons: string[]): SlackError {
  const messages = reasons.map((reason) => `[ERROR] ${reason}`);
  return new SlackError(code, reasons.length === 0 ? {} : { response_metadata: { messages } });
}
