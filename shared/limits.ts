/** The limits that a user or operator can run into, and the times and sizes behind them, each with its reason. */

/** Together refuses longer audio with `audio_too_long`. */
export const UPSTREAM_MAX_SECONDS = 4 * 60 * 60;
/** Together refuses a larger download with `file_too_large`. */
export const UPSTREAM_MAX_URL_BYTES = 1_000_000_000;
/** What Together's edge accepts as a direct upload (newest SDK). Only used when it cannot reach us by URL. */
export const UPSTREAM_MAX_DIRECT_BYTES = 80_000_000;
/** What OpenAI, Groq and vLLM take in one request (25 MiB). */
export const SPEECH_MAX_BYTES = 26_214_400;
/** The response comes when the whole part is done; even four hours of audio take about eight minutes. */
export const UPSTREAM_TIMEOUT_MS = 10 * 60_000;
/**
 * A consumer has 15 minutes of wall clock. A call or an assembly that would start later than this starts in a fresh
 * one.
 */
export const LATEST_START_MS = 4 * 60_000;
export const INVOCATION_MS = 15 * 60_000;
/** What an invocation still has to write is tried again until this long after its beginning. */
export const LAST_WRITE_MS = INVOCATION_MS - 45_000;
/**
 * For so long after storage is back, an answer that storage did not take may be on its way through the queue, whose
 * messages wait ten minutes at most between two tries.
 */
export const ANSWER_ON_ITS_WAY_MS = 12 * 60_000;
/** Sweeps run each minute: after so long without one, the database was away. */
export const SWEEPS_MISSED_MS = 150_000;

/** R2 accepts 10,000 parts of one size, and we upload parts of 5 MiB. */
export const MAX_AUDIO_BYTES = 50_000_000_000;

/**
 * An import continues in the next Worker after this long. A consumer has 15 minutes, and the last read, write and
 * message need some of them.
 */
export const IMPORT_SLICE_MS = 12 * 60_000;
/** The same after this many parts: each is a query, and a Worker may make 1,000 to D1. 800 are 4.2 GB. */
export const IMPORT_SLICE_PARTS = 800;
/** From the request for a recording's URL to the first byte of the response. */
export const SOURCE_ANSWER_MS = 30_000;
/** Longest time for the next 256 KiB: a server slower than 4 KB a second has stopped. */
export const SOURCE_IDLE_MS = 60_000;
/** A server that breaks off usually answers again a little later. */
export const SOURCE_PAUSE_MS = 5_000;
/** How often a download that cannot be continued is started from its first byte. */
export const MAX_IMPORT_STARTS = 5;

/** How long a claim lasts without a heartbeat, and how often its owner sends one. */
export const LEASE_MS = 60_000;
export const HEARTBEAT_MS = 20_000;
/**
 * The speech API takes 1.5 to 2 minutes per hour of audio, and edges give up on a response after 100 s. 20 minutes of
 * audio leave room for a slow day, and the overlap costs under 2 %.
 */
export const DEFAULT_PART_MINUTES = 20;
/** A recording up to this many times as long as a part stays one part: a seam costs more than a longer call. */
export const PART_STRETCH = 1.5;
/** No part is longer without speakers, and no call this short is expected to time out. */
export const LONGEST_PART_SECONDS = DEFAULT_PART_MINUTES * 60 * PART_STRETCH;
export const OVERLAP_SECONDS = 20;
/** Calls to the speech API at once; also the consumer's max_concurrency in wrangler.toml. */
export const DEFAULT_UPSTREAM_CONCURRENCY = 10;
/** Parts of one tenant's long recordings that are under way at once, as a share of all: the rest is for the others. */
export const TENANT_CONCURRENCY_FRACTION = 0.8;
/** A part that fails is split, and its sub-parts again; below this length splitting does not help. */
export const SHORTEST_PART_SECONDS = 30;
/**
 * One Worker claims a lane for at most this long: sends begin within the first 10 s, and each takes at most 15 s. It is
 * also how long a Worker may run after its message is acknowledged.
 */
export const LANE_LEASE_MS = 30_000;
export const LANE_SENDING_MS = 10_000;
/** A Worker has six simultaneous connections; the sixth is the database's. */
export const LANE_CONCURRENCY = 5;
/** Deliveries read at once, each with a body of up to 20 KB. */
export const LANE_BATCH = 100;
export const DEFAULT_RATE_LIMIT = 10;
export const MAX_RATE_LIMIT = 500;
/** How many deliveries one event may make, and how many rows it takes to find out. */
export const MAX_ENDPOINTS = 50;
/** Secrets of one endpoint that are valid at the same time; each adds a signature to every webhook. */
export const MAX_SECRETS = 10;
export const DEFAULT_SECRET_OVERLAP_SECONDS = 24 * 60 * 60;
export const MAX_SECRET_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
/** An endpoint that has only failed for this long is disabled. */
export const FAILING_MS = 5 * 24 * 60 * 60_000;
/**
 * The last event it failed to take is at least this much younger than its first failure: one bad night is not enough.
 */
export const FAILING_APART_MS = 12 * 60 * 60_000;
export const MAX_REPLAY_MS = 14 * 24 * 60 * 60_000;
export const MAX_REPLAYED = 10_000;
export const ATTEMPTS_KEPT_MS = 30 * 24 * 60 * 60_000;
/** The sweep repeats a first wake-up that has not led to a claim within this time. */
export const WAKE_GRACE_MS = 30_000;
/** A repeated wake-up is surely in the queue; behind a long backlog it may take this long to be read. */
export const WAKE_REPEAT_MS = 60 * 60_000;
/** How many attempts at a job or a part may die or fail before we give up. */
export const MAX_FAILURES = 5;
/** How many calls for the same audio may fail: one more try as it is, then smaller parts. */
export const MAX_FAILED_CALLS = 2;

/** R2 drops a multipart upload after 7 days; a complete, unused upload is kept as long. */
export const UPLOAD_LIFE_MS = 6 * 24 * 60 * 60_000;
/**
 * A client whose connection broke returns within about 9 s (tus-js-client: after 0, 1, 3 and 5 s), even if we did not
 * notice the break. The lease of the request that hangs has run out by then.
 */
export const UPLOAD_LEASE_MS = 8_000;
export const UPLOAD_BEAT_MS = 2_500;
/**
 * An upload whose last byte is stored but whose Worker died before finalizing it: after this time the sweep does it.
 */
export const UPLOAD_FINISH_GRACE_MS = 60_000;
/** Above this size, hashing what did not pass through a Worker takes longer than the request that asks for it. */
export const MAX_HASHED_BYTES = 5_000_000_000;

/** Audio that no Worker has touched for this long has no Worker any more. */
export const PENDING_AUDIO_IDLE_MS = 15 * 60_000;
/** Longer than any Worker can still be writing for a deleted job. */
export const PURGE_AGAIN_MS = 20 * 60_000;

/** The speech API fetches the audio while it works, so the URL must outlive the longest call. */
export const MEDIA_URL_SECONDS = 60 * 60;
/** A player asks for another link when this one has expired; a leaked link plays one recording for this long. */
export const AUDIO_LINK_SECONDS = 60 * 60;
/** Webhook retries end after about 28 hours; a week leaves time to act on the last one. */
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
/** Most servers refuse headers over 8 to 16 KB. */
export const MAX_FILE_HEADERS_CHARACTERS = 8_192;
/** A hundred years; to keep for ever, leave it out. */
export const MAX_RETAIN_DAYS = 36_500;
export const MAX_JSON_BODY_BYTES = 65_536;
/** Of lists and objects in each other; far from where any of our readers or writers of JSON gives up. */
export const MAX_JSON_DEPTH = 64;
/** Standard Webhooks asks for payloads below 20 KB. */
export const MAX_EVENT_BYTES = 20_000;
export const MAX_DESCRIPTION_CHARACTERS = 500;
export const MAX_WAIT_SECONDS = 60;
export const MAX_PAGE = 100;

/** A lane is claimed for 30 s, and what starts in its first 10 must end by then. */
export const SLACK_CALL_MS = 8_000;
/** Processing one request from Slack: a call or two, and a batch. */
export const SLACK_REQUEST_LEASE_MS = 60_000;
/** How often it is tried, about half an hour in all. */
export const SLACK_REQUEST_TRIES = 9;
/** A file is shared a moment before Slack can say in which message it is. */
export const SLACK_SHARE_WAIT_MS = 2_000;
export const SLACK_SHARE_TRIES = 4;
/** The events of one file come within seconds; the same file shared again later gets a new answer. */
export const SLACK_REFUSED_AGAIN_MS = 60_000;
/** Slack repeats an event for minutes, and by its documentation for up to an hour. */
export const SLACK_REQUESTS_KEPT_MS = 24 * 60 * 60_000;
export const SLACK_LINK_MS = 24 * 60 * 60_000;
export const SLACK_STATE_MS = 10 * 60_000;
/** Slack's own requests are far smaller. */
export const MAX_SLACK_BODY_BYTES = 1_000_000;
/** Slack accepts about one message a second in a channel. */
export const SLACK_CHANNEL_RATE = 1;
/** How long between updates of a long job's message: at first, and at most. */
export const SLACK_PROGRESS_MS = 15_000;
export const SLACK_PROGRESS_MAX_MS = 300_000;
/** Slack accepts 3,000 characters in a block. */
export const SLACK_EXCERPT_CHARACTERS = 2_900;

export const MAX_SPEAKER_NAME_CHARACTERS = 100;
export const MAX_SPEAKER_ID_CHARACTERS = 50;
/** All corrections of a transcript are one D1 value, which holds 2,000,000 bytes. */
export const MAX_EDITS_BYTES = 1_000_000;
export const MAX_EDITS = 20_000;
export const MAX_EDIT_CHARACTERS = 10_000;
/** Revisions of a transcript that can be restored; the machine's own always can. */
export const KEPT_REVISIONS = 20;
export const MAX_QUERY_CHARACTERS = 200;
/** Keeps a bound value of a D1 statement far below 2,000,000 bytes. */
export const MAX_STATEMENT_BYTES = 500_000;
/** How often a key's last use is written: once a minute is cheap, once a request would double the writes. */
export const KEY_USE_NOTED_MS = 60_000;
export const RATE_WINDOW_MS = 60_000;
/** How long the response to a request with an Idempotency-Key is kept. */
export const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60_000;
/** A request whose Worker has sent no heartbeat for this long has no Worker any more. */
export const IDEMPOTENCY_LEASE_MS = 30_000;
export const IDEMPOTENCY_BEAT_MS = 10_000;
/** How long a repeated request waits for the first: clients give up after 30 to 60 s. */
export const IDEMPOTENCY_WAIT_MS = 20_000;
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255;
/** A D1 value is at most 2 MB, and a long transcript fills a Worker; a larger answer is made again from the job. */
export const MAX_KEPT_ANSWER_BYTES = 100_000;
/** How many finished jobs the operator's statistics look at. */
export const STATS_JOBS = 1_000;
/** Share links of one job that are valid at the same time. */
export const MAX_SHARES = 100;
export const DEFAULT_SHARE_SECONDS = 7 * 24 * 60 * 60;
export const MAX_SHARE_SECONDS = 90 * 24 * 60 * 60;
