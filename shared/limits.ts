/** Every number that bounds what Diarist takes, keeps or asks for, with its reason. */

/** Together refuses longer audio with `audio_too_long`. */
export const UPSTREAM_MAX_SECONDS = 4 * 60 * 60;
/** Together refuses a larger download with `file_too_large`. */
export const UPSTREAM_MAX_URL_BYTES = 1_000_000_000;
/** What Together's edge takes as a direct upload (newest SDK); only used when it cannot reach us by URL. */
export const UPSTREAM_MAX_DIRECT_BYTES = 80_000_000;
/** An answer comes only when the whole recording is done; a consumer has 15 minutes of wall clock in all. */
export const UPSTREAM_TIMEOUT_MS = 14 * 60_000;

/** R2 takes 10,000 parts of one size, and we upload parts of 5 MiB. */
export const MAX_AUDIO_BYTES = 50_000_000_000;

/** How long a claim lasts without a sign of life, and how often the holder gives one. */
export const LEASE_MS = 60_000;
export const HEARTBEAT_MS = 20_000;
/**
 * An hour takes the speech API some 1.5 to 2 minutes, and edges give up on an answer after 100 s: 20 minutes of audio
 * leave room for a slow day, and cost under 2 % for the overlap.
 */
export const DEFAULT_PART_MINUTES = 20;
export const OVERLAP_SECONDS = 20;
/** Calls to the speech API at once; also the consumer's max_concurrency in wrangler.toml. */
export const DEFAULT_UPSTREAM_CONCURRENCY = 10;
/** Parts of one job that are under way at once, as a share of all: the rest is for other tenants. */
export const JOB_SHARE = 0.8;
/** A part that fails is divided, and its pieces again; below this it is no use. */
export const SHORTEST_PART_SECONDS = 30;
/** A delivery attempt takes at most 15 s. */
export const DELIVERY_LEASE_MS = 30_000;
/** A first wake-up that has not led to a claim by now is repeated by the sweep. */
export const WAKE_GRACE_MS = 30_000;
/** A repeated wake-up is in the queue for sure; behind a long backlog it may take this long to be read. */
export const WAKE_REPEAT_MS = 60 * 60_000;
/** Attempts that die or fail before a job is given up. */
export const MAX_FAILURES = 5;
/** How often a call that failed upstream is repeated as it is. */
export const MAX_UPSTREAM_FAILURES = 2;

/** R2 gives up a multipart upload after 7 days; an upload that is whole and unused gets as long again. */
export const UPLOAD_LIFE_MS = 6 * 24 * 60 * 60_000;
/**
 * A client whose connection broke comes back within some 9 s (tus-js-client: after 0, 1, 3 and 5 s), even where the
 * break was not noticed here: the lease of the request that hangs has run out by then.
 */
export const UPLOAD_LEASE_MS = 8_000;
export const UPLOAD_BEAT_MS = 2_500;
/** An upload whose last byte is stored and whose Worker died before it was put together: the sweep does it. */
export const UPLOAD_FINISH_GRACE_MS = 60_000;
/** Above, hashing what came past the Workers would outlast the request that asks for it. */
export const MAX_HASHED_BYTES = 5_000_000_000;

/** A reception that has not been touched for this long has no Worker any more. */
export const INTAKE_IDLE_MS = 15 * 60_000;
/** Longer than any Worker that may still be writing for a deleted job. */
export const PURGE_AGAIN_MS = 20 * 60_000;

/** The speech API fetches while it works; the URL must outlive the longest call. */
export const MEDIA_URL_SECONDS = 60 * 60;
/** Webhook retries end after some 28 hours; a week leaves room to act on the last one. */
export const DOWNLOAD_URL_SECONDS = 7 * 24 * 60 * 60;

export const MAX_METADATA_BYTES = 16_384;
export const MAX_PROMPT_CHARACTERS = 4_000;
export const MAX_TAGS = 10;
export const MAX_TAG_CHARACTERS = 50;
export const MAX_EXTERNAL_ID_CHARACTERS = 200;
export const MAX_FILENAME_CHARACTERS = 200;
export const MAX_UPLOAD_METADATA_CHARACTERS = 32_768;
export const MAX_CONTENT_TYPE_CHARACTERS = 100;
export const MAX_JSON_BODY_BYTES = 65_536;
/** Standard Webhooks asks for payloads below 20 KB. */
export const MAX_EVENT_BYTES = 20_000;
export const MAX_WAIT_SECONDS = 60;
export const MAX_PAGE = 100;
