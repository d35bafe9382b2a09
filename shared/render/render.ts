import type { TranscriptFormat } from "../job.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { renderCsv } from "./csv.ts";
import { renderDocx } from "./docx.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./md.ts";
import { type NameOf, speakerNamer } from "./speaker-names.ts";
import { renderSrt } from "./srt.ts";
import { DEFAULT_RULES, type SubtitleRules } from "./subtitle-rules.ts";
import { renderText, renderTimedText } from "./text.ts";
import { renderVerboseJson } from "./verbose-json.ts";
import { renderVtt } from "./vtt.ts";
import { zipFiles } from "./zip.ts";

export type RenderOptions = {
  /** What to show for a speaker id; the transcript stays as it is. */
  speakerNames?: Readonly<Record<string, string>> | undefined;
  rules?: SubtitleRules | undefined;
  /** Whether text, Markdown and docx say when each turn begins; each has its own default. */
  times?: boolean | undefined;
};

type Rendered = { pieces: Iterable<string | Uint8Array>; contentType: string; extension: string };

type Asked = { nameOf: NameOf; rules: SubtitleRules; times: boolean | undefined };
type Renderer = {
  render: (transcript: Transcript, asked: Asked) => string | Iterable<Uint8Array>;
  contentType: string;
  extension: string;
};

const RENDERERS = {
  text: {
    render: (transcript, { nameOf, times }) =>
      times ? renderTimedText(transcript, nameOf) : renderText(transcript, nameOf),
    contentType: "text/plain; charset=utf-8",
    extension: "txt",
  },
  srt: {
    render: (transcript, { nameOf, rules }) => renderSrt(transcript, nameOf, rules),
    contentType: "application/x-subrip; charset=utf-8",
    extension: "srt",
  },
  vtt: {
    render: (transcript, { nameOf, rules }) => renderVtt(transcript, nameOf, rules),
    contentType: "text/vtt; charset=utf-8",
    extension: "vtt",
  },
  md: {
    render: (transcript, { nameOf, times = true }) => renderMarkdown(transcript, nameOf, { times }),
    contentType: "text/markdown; charset=utf-8",
    extension: "md",
  },
  csv: {
    render: (transcript, { nameOf }) => renderCsv(transcript, nameOf),
    contentType: "text/csv; charset=utf-8; header=present",
    extension: "csv",
  },
  docx: {
    render: (transcript, { nameOf, times = true }) => renderDocx(transcript, nameOf, { times }),
    contentType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extension: "docx",
  },
  json: { render: renderJson, contentType: "application/json", extension: "json" },
} satisfies Record<string, Renderer>;

/** What a zip holds beside the verbose JSON: every format for people; the bare text as JSON is in all of them. */
const ZIPPED = ["text", "srt", "vtt", "md", "csv", "docx"] as const;

/**
 * The transcript in the format asked, piece by piece; what is long is made while it is read.
 * @param name of the files inside a zip, without their endings
 */
export function renderTranscript(
  transcript: Transcript,
  format: TranscriptFormat,
  options: RenderOptions = {},
  name = "transcript",
): Rendered {
  const { speakerNames = {}, rules = DEFAULT_RULES, times } = options;
  if (format === "verbose_json") {
    const pieces = renderVerboseJson(transcript, speakerNames);
    return { pieces, contentType: "application/json; charset=utf-8", extension: "json" };
  }
  if (format === "zip") {
    const files = ["verbose_json" as const, ...ZIPPED].map((each) => ({
      name: `${name}.${each === "verbose_json" ? "json" : RENDERERS[each].extension}`,
      pieces: () => renderTranscript(transcript, each, options).pieces,
    }));
    return { pieces: zipFiles(files), contentType: "application/zip", extension: "zip" };
  }
  const { render, contentType, extension }: Renderer = RENDERERS[format];
  const rendered = render(transcript, { nameOf: speakerNamer(speakerNames), rules, times });
  return { pieces: typeof rendered === "string" ? [rendered] : rendered, contentType, extension };
}
