import type { Transcript } from "../transcript.ts";
import { renderCsv } from "./csv.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./md.ts";
import { type NameOf, speakerNamer } from "./speaker-names.ts";
import { renderSrt } from "./srt.ts";
import { renderText } from "./text.ts";
import { renderVtt } from "./vtt.ts";

/** Every format made from a transcript; verbose_json is none of them, it is served as it was saved. */
const RENDERERS = {
  text: { render: renderText, contentType: "text/plain; charset=utf-8", extension: "txt" },
  srt: { render: renderSrt, contentType: "application/x-subrip; charset=utf-8", extension: "srt" },
  vtt: { render: renderVtt, contentType: "text/vtt; charset=utf-8", extension: "vtt" },
  md: { render: renderMarkdown, contentType: "text/markdown; charset=utf-8", extension: "md" },
  csv: { render: renderCsv, contentType: "text/csv; charset=utf-8; header=present", extension: "csv" },
  json: { render: renderJson, contentType: "application/json", extension: "json" },
} satisfies Record<string, Renderer>;

type Renderer = {
  render: (transcript: Transcript, nameOf: NameOf) => string;
  contentType: string;
  extension: string;
};

export type RenderFormat = keyof typeof RENDERERS;

export type Rendered = { body: string; contentType: string; extension: string };

/** The transcript in another format. `speakerNames` gives speaker ids the names to show; the transcript stays as it is. */
export function renderTranscript(
  transcript: Transcript,
  format: RenderFormat,
  options: { speakerNames?: Readonly<Record<string, string>> | undefined } = {},
): Rendered {
  const { render, contentType, extension }: Renderer = RENDERERS[format];
  return { body: render(transcript, speakerNamer(options.speakerNames)), contentType, extension };
}
