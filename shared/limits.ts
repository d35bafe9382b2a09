/** Every number that bounds what Diarist takes, keeps or asks for, with its reason. */

/** Together refuses longer audio with `audio_too_long`. */
export const UPSTREAM_MAX_SECONDS = 4 * 60 * 60;
/** Together refuses a larger download with `file_too_large`. */
export const UPSTREAM_MAX_URL_BYTES = 1_000_000_000;
/** What Together's edge takes as a direct upload (newest SDK); only used when it cannot reach us by URL. */
export const UPSTREAM_MAX_DIRECT_BYTES = 80_000_000;
/** An answer comes only when the whole part is done; even four hours of audio take some eight minutes. */
export const UPSTREAM_TIMEOUT_MS = 10 * 60_000;
/**
 * A consumer has 15 minutes of wall clock in all: a call or an assembly that would begin later than this begins in a
 * fresh one.
 */
export const LATEST_START_MS = 4 * 60_000;

/** R2 takes 10,000 parts of one size, and we upload parts of 5 MiB. */
export const MAX_AUDIO_BYTES = 50_000_000_000;

/**
 * An import goes on in a next Worker after this long: a consumer has 15 minutes, and the last read, write and hand-over
 * need theirs.
 */
export const IMPORT_SLICE_MS = 12 * 60_000;
/** The same after this many parts: each is a query, and a Worker may make 1,000 to D1. 800 are 4.2 GB. */
export const IMPORT_SLICE_PARTS = 800;
/** From the request for a recording's URL to the first byte of the answer. */
export const SOURCE_ANSWER_MS = 30_000;
/** Longest time for the next 256 KiB: a server that is slower than 4 KB a second has stopped. */
export const SOURCE_IDLE_MS = 60_000;
/** A server that breaks off now mostly answers again a little later. */
export const SOURCE_PAUSE_MS = 5_000;
/** How often the download of a URL is begun from its first byte, when it cannot be continued. */
export const MAX_IMPORT_STARTS = 5;

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
/** Parts of one tenant's long recordings that are under way at once, as a share of all: the rest is for the others. */
export const TENANT_CONCURRENCY_FRACTION = 0.8;
/** A part that fails is split, and its sub-parts again; below this length splitting does not help. */
export const SHORTEST_PART_SECONDS = 30;
/**
 * A lane is held by one Worker for at most this long: sends begin within the first 10 s, and each takes at most 15 s.
 * It is also what a Worker may go on for when its message has been acknowledged.
 */
export const LANE_LEASE_MS = 30_000;
export const LANE_SENDING_MS = 10_000;
/** A Worker has six connections at once that wait for an answer; the sixth is the database's. */
export const LANE_CONCURRENCY = 5;
/** Deliveries that are read at once, each with a body of up to 20 KB. */
export const LANE_BATCH = 100;
export const DEFAULT_RATE_LIMIT = 10;
export const MAX_RATE_LIMIT = 500;
/** What one event may lead to, and how many rows it takes to find out. */
export const MAX_ENDPOINTS = 50;
/** Of one endpoint that are valid at the same time; each adds a signature to every webhook. */
export const MAX_SECRETS = 10;
export const DEFAULT_SECRET_OVERLAP_SECONDS = 24 * 60 * 60;
export const MAX_SECRET_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
/** An endpoint that has only failed for so long is disabled. */
export const FAILING_MS = 5 * 24 * 60 * 60_000;
/** The event that it fails to take at the end is at least this much younger than its first failure: not one bad night. */
export const FAILING_APART_MS = 12 * 60 * 60_000;
export const MAX_REPLAY_MS = 14 * 24 * 60 * 60_000;
export const MAX_REPLAYED = 10_000;
export const ATTEMPTS_KEPT_MS = 30 * 24 * 60 * 60_000;
/** A first wake-up that has not led to a claim by now is repeated by the sweep. */
export const WAKE_GRACE_MS = 30_000;
/** A repeated wake-up is in the queue for sure; behind a long backlog it may take this long to be read. */
export const WAKE_REPEAT_MS = 60 * 60_000;
/** Attempts at a job or a part that die or fail before it is given up. */
export const MAX_FAILURES = 5;
/** Calls for the same audio that the speech API fails on: one more try as it is, then smaller pieces. */
export const MAX_FAILED_CALLS = 2;

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
/** A player asks for another link when this one has expired; a leaked link plays one recording for this long. */
export const AUDIO_LINK_SECONDS = 60 * 60;
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
export const MAX_FILE_HEADERS = 20;
export const MAX_FILE_HEADER_NAME_CHARACTERS = 100;
/** A signed token takes 1 to 2 KB, a cookie up to 4. */
export const MAX_FILE_HEADER_VALUE_CHARACTERS = 4_096;
/** Most servers refuse more than 8 to 16 KB of headers. */
export const MAX_FILE_HEADERS_CHARACTERS = 8_192;
/** A hundred years; to keep for ever, leave it out. */
export const MAX_RETAIN_DAYS = 36_500;
export const MAX_JSON_BODY_BYTES = 65_536;
/** Standard Webhooks asks for payloads below 20 KB. */
export const MAX_EVENT_BYTES = 20_000;
export const MAX_DESCRIPTION_CHARACTERS = 500;
export const MAX_WAIT_SECONDS = 60;
export const MAX_PAGE = 100;

/** A lane is held for 30 s, and what is begun in its first 10 must be over by then. */
export const SLACK_CALL_MS = 8_000;
/** One look at what Slack has told: a call or two, and a batch. */
export const SLACK_REQUEST_LEASE_MS = 60_000;
/** Tries at it, some half an hour in all. */
export const SLACK_REQUEST_TRIES = 9;
/** A file is shared a moment before Slack can say in which message. */
export const SLACK_SHARE_WAIT_MS = 2_000;
export const SLACK_SHARE_TRIES = 4;
/** The events of one file come within seconds; the same file shared again later gets a new answer. */
export const SLACK_REFUSED_AGAIN_MS = 60_000;
/** Slack repeats an event for some minutes, and says that it may be an hour. */
export const SLACK_REQUESTS_KEPT_MS = 24 * 60 * 60_000;
export const SLACK_LINK_MS = 24 * 60 * 60_000;
export const SLACK_STATE_MS = 10 * 60_000;
/** Slack's own requests stay far below. */
export const MAX_SLACK_BODY_BYTES = 1_000_000;
/** Slack takes about one message a second in a channel. */
export const SLACK_CHANNEL_RATE = 1;
/** How often a long job's message is looked after: at first, and at last. */
export const SLACK_PROGRESS_MS = 15_000;
export const SLACK_PROGRESS_MAX_MS = 300_000;
/** Slack takes 3,000 characters in a block. */
export const SLACK_EXCERPT_CHARACTERS = 2_900;

export const MAX_SPEAKER_NAME_CHARACTERS = 100;
export const MAX_SPEAKER_ID_CHARACTERS = 50;
/** All corrections of a transcript are one value in D1, which takes 2,000,000 bytes. */
export const MAX_EDITS_BYTES = 1_000_000;
export const MAX_EDITS = 20_000;
export const MAX_EDIT_CHARACTERS = 10_000;
/** Revisions of a transcript that can be gone back to; the machine's own always can. */
export const KEPT_REVISIONS = 20;
export const MAX_QUERY_CHARACTERS = 200;
/** A bound value of a D1 statement stays far below 2,000,000 bytes. */
export const MAX_STATEMENT_BYTES = 500_000;
/** How often a key's last use is noted: a write a minute is nothing, one a request would be as many as requests. */
export const KEY_USE_NOTED_MS = 60_000;
export const RATE_WINDOW_MS = 60_000;
/** How long the answer to a request with an Idempotency-Key is kept. */
export const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60_000;
/** A request whose Worker has given no sign of life for so long has none any more. */
export const IDEMPOTENCY_LEASE_MS = 30_000;
export const IDEMPOTENCY_BEAT_MS = 10_000;
/** How long a repeated request waits for the first: clients give up after 30 to 60 s. */
export const IDEMPOTENCY_WAIT_MS = 20_000;
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255;
/** A D1 value is at most 2 MB, and a long transcript fills a Worker; a larger answer is made again from the job. */
export const MAX_KEPT_ANSWER_BYTES = 100_000;
/** Finished jobs that the operator's numbers are made of. */
export const STATS_JOBS = 1_000;
/** Links to one job that are open at the same time. */
export const MAX_SHARES = 100;
export const DEFAULT_SHARE_SECONDS = 7 * 24 * 60 * 60;
export const MAX_SHARE_SECONDS = 90 * 24 * 60 * 60;
