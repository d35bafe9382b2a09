/** Who a part's `local` speaker is in the whole recording. */
export type SpeakerLink = {
  part: number;
  local: string;
  speaker: string;
  /** How sure that is: the estimated probability, 0 to 1, to two digits. */
  confidence: number;
  /** Not sure enough to be relied on. */
  weak: boolean;
  /** What the link rests on; `none`: nothing is known but that this is nobody who talks in the same part. */
  by: "overlap" | "reference" | "both" | "none";
};
