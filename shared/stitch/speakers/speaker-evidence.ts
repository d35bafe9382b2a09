/**
 * What speaks for or against two voices being one person, in nats: the logarithm of how much likelier it is heard of
 * one person than of two. 0 says nothing, 3 is twenty to one.
 */

export type SpeakerEvidence = {
  part: number;
  /** More than one where a part has split somebody in two. */
  locals: string[];
  seconds: number;
  /** When its first word of the whole transcript is said; infinite when its part's neighbours have them all. */
  firstAt: number;
  /** What the overlaps say of it and voices of the parts next to its own. */
  ties: { speaker: number; nats: number }[];
  /** What the roll call called it, as indices of labels; the weight of a clip is at most 1. */
  votes: { label: number; weight: number }[];
};
