/** What is sent to the speech API for a part, once it is stored. */
export type PartAudio = { key: string; bytes: number; container: string };

/** A piece of a recording that is one call to the speech API. A short recording is one part. */
export type Part = {
  jobId: string;
  n: number;
  tenantId: string;
  /** `divided`: its pieces have taken its place. */
  status: "waiting" | "processing" | "done" | "divided";
  /** Seconds into the recording. */
  start: number;
  end: number;
  audio: PartAudio | null;
  /** The fence: every claim raises it, every later write names it. */
  attempt: number;
  failures: number;
  upstreamMs: number;
};
