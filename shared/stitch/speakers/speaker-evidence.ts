/**
 * What is known about one local speaker. Evidence that two local speakers are one person is a log-likelihood ratio in
 * nats: 0 says nothing, 3 is twenty to one. Ratios of independent evidence add up ("weight of evidence", I. J. Good).
 *
 * The task is the speaker partitioning problem (N. Brümmer and E. de Villiers, Odyssey 2010), also called speaker
 * linking (D. A. van Leeuwen, Odyssey 2010). There the ratios come from voice recordings; here no audio is compared, so
 * they come from overlaps (tie-speakers.ts) and from the labels of the identification call (speaker-groups.ts), and the
 * partition is found by best assignment and merging (group-speakers.ts). The constants were measured for this project:
 * docs/decisions/005-speaker-linking.md.
 */
export type SpeakerEvidence = {
  part: number;
  /** The part's names for it; more than one where the part has split a person in two. */
  locals: string[];
  seconds: number;
  /** When its first word in the whole transcript is said; infinite when the neighbouring parts have all its words. */
  firstAt: number;
  /** The evidence of the overlaps about it and local speakers of the neighbouring parts (indices). */
  ties: { speaker: number; nats: number }[];
  /** The identification's labels for its clips, as indices; the weight of a clip is at most 1. */
  votes: { label: number; weight: number }[];
};
