import { digestPart, type PartDigest } from "../../../shared/stitch/digest-part.ts";
import type { HeardPart } from "../../../shared/stitch/heard-part.ts";
import { type Join, joinParts } from "../../../shared/stitch/join-parts.ts";
import { type SpeakerName, Stitcher } from "../../../shared/stitch/stitcher.ts";
import { TranscriptJson } from "../../../shared/stitch/transcript-json.ts";
import { parseTranscript } from "../../../shared/transcript/parse-transcript.ts";
import type { Transcript, TranscriptSummary } from "../../../shared/transcript/transcript.ts";

/** The steps of `workers/transcribe/assemble/assemble.ts` for answers that are all at hand. */
export function joinAll(parts: readonly HeardPart[]): { digests: PartDigest[]; joins: Join[] } {
  const digests = parts.map((part, index) => digestPart(part, parts[index - 1], parts[index + 1]));
  return { digests, joins: joinParts(digests) };
}

export function stitchParts(
  parts: readonly HeardPart[],
  joins: readonly Join[],
  names: readonly SpeakerName[],
): { transcript: Transcript; summary: TranscriptSummary; json: string } {
  const stitcher = new Stitcher(
    joins.map((join) => join.seam),
    names,
  );
  const writer = new TranscriptJson();
  for (const part of parts) writer.add(stitcher.add(part));
  const end = stitcher.finish();
  const json = [...writer.finish(end)].join("");
  const parsed = parseTranscript(json);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return { transcript: parsed.value, summary: end.summary, json };
}
