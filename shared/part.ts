/** The stored audio of a part, as it is sent to the speech API. */
export type PartAudio = { key: string; bytes: number; container: string };

/** A stretch of a recording that is sent to the speech API in one call. A short recording is one part. */
export type Part = {
  jobId: string;
  n: number;
  tenantId: string;
  /** `split`: smaller parts have replaced it; `stopped`: its job ended first. */
  status: "waiting" | "processing" | "done" | "split" | "stopped";
  /** Seconds into the recording. */
  start: number;
  end: number;
  audio: PartAudio | null;
  /** The fence: every claim raises it, every later write names it. */
  attempt: number;
  /** Attempts that died or did not reach the speech API. */
  failures: number;
  /** Calls that the speech API accepted and failed on. */
  failedCalls: number;
  /** Milliseconds since 1970: it cannot be claimed earlier. */
  notBefore: number | null;
  upstreamMs: number;
};

/** Which part it is. */
export type PartName = Pick<Part, "jobId" | "n">;
