import type { TranscriptFormat } from "../../../shared/job.ts";
import { type RenderOptions, renderTranscript } from "../../../shared/render/render.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";

/** The transcript in a format that is text, whole. */
export function render(
  transcript: Transcript,
  format: Exclude<TranscriptFormat, "docx" | "zip">,
  options?: RenderOptions,
) {
  const { pieces, ...rest } = renderTranscript(transcript, format, options);
  return { ...rest, body: [...pieces].join("") };
}
