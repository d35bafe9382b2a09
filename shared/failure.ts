/**
 * Every way a job can fail, as the customer reads it. The codes are a closed list, documented in docs/api.md. Each says
 * what to do and whether a retry can help.
 */
const FAILURES = {
  // Reported by the speech API, or found by us before we call it.
  audio_too_long: {
    action:
      "The speech API refused even the smallest parts of this recording. Tell the operator the job's id.",
    retryable: false,
  },
  file_too_large: {
    action:
      "The speech API refused even the smallest parts of this recording. Send it compressed, for example as MP3 or Opus.",
    retryable: false,
  },
  unsupported_format: {
    action: "Re-encode the recording to WAV, MP3, M4A, FLAC, Ogg or WebM and send it again.",
    retryable: false,
  },
  invalid_params: {
    action: "The speech API refused the options. Check model and language, then create a new job.",
    retryable: false,
  },
  processing_failed: {
    action:
      "The speech API failed on this recording more than once. Retry the job; if it fails again, re-encode it.",
    retryable: true,
  },
  upstream_unavailable: {
    action: "The speech API could not be reached for a long time. Retry the job later.",
    retryable: true,
  },
  upstream_unauthorized: {
    action: "The operator must set a valid TOGETHER_API_KEY; the job waits until then.",
    retryable: true,
  },
  // Ours.
  quota_exceeded: {
    action: "Retry the job when the limit resets, or ask the operator for a higher one.",
    retryable: true,
  },
  no_audio_track: { action: "The file holds no audio. Send one with an audio track.", retryable: false },
  upload_corrupt: {
    action: "The file is damaged or incomplete. Export it again and send it again.",
    retryable: false,
  },
  source_unreachable: {
    action: "Check that the URL answers 200 with the audio itself, without a login, and create a new job.",
    retryable: true,
  },
  slack_permission_missing: {
    action:
      "The app may not read files in Slack (files:read). An admin installs it again; then retry the job.",
    retryable: true,
  },
  slack_file_unreachable: {
    action: "Check that the file is still in Slack, and retry the job or share the file again.",
    retryable: true,
  },
  slack_disconnected: {
    action: "An admin installs the app in the workspace again; then retry the job.",
    retryable: true,
  },
  public_url_missing: {
    action:
      "The recording is too large for a direct upload. Set PUBLIC_BASE_URL to an https address at which the speech API reaches this server, and retry the job.",
    retryable: true,
  },
  internal_error: {
    action: "This is our fault. Retry the job, and tell the operator its id.",
    retryable: true,
  },
} as const;

export type FailureCode = keyof typeof FAILURES;

/** A failed job's `error`, as the API shows it. */
export type Failure = {
  code: FailureCode;
  message: string;
  action: string;
  retryable: boolean;
  upstream_id: string | null;
};

/** The failure with this code. `message` says what was seen, `upstreamId` is the speech API's id of its response. */
export function failure(code: FailureCode, message: string, upstreamId: string | null = null): Failure {
  return { code, message: message.slice(0, 500), ...FAILURES[code], upstream_id: upstreamId };
}

/** The list as people read it. */
export function listFailures(): { code: FailureCode; action: string; retryable: boolean }[] {
  return FAILURE_CODES.map((code) => ({ code, ...FAILURES[code] }));
}

export const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];
