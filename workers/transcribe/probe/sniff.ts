/** What a file's first bytes say it is. */
type Sniffed =
  | { kind: "wav" }
  /** Known, and not to be sent: `what` names it for the user. */
  | { kind: "refused"; what: string }
  /** For the demuxer to look at. */
  | { kind: "other" };

/** Formats that we cannot probe, or that are no audio at all, by how they start. */
const REFUSED_STARTS: [string, string][] = [
  ["riff\x2e\x91\xcf\x11", "Wave64 audio, which is not supported"],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file, which is not supported"],
  ["#!AMR", "AMR audio, which is not supported"],
  ["\x0b\x77", "AC-3 audio, which is not supported"],
  ["%PDF", "a PDF document"],
  ["\x89PNG", "a picture"],
  ["\xff\xd8\xff", "a picture"],
  ["GIF8", "a picture"],
  ["PK\x03\x04", "a ZIP archive or Office document"],
  ["\x1f\x8b", "a gzip archive"],
];

const REFUSED_PATTERNS: [RegExp, string][] = [
  [/^FORM....AIF[FC]/s, "AIFF audio, which is not supported"],
  [/^\s*(<!doctype html|<html|<head|<body)/i, "a web page (HTML)"],
  [/^\s*<\?xml/i, "an XML document"],
  [/^\s*[{[]\s*["{[\]}]/, "JSON text"],
];

export function sniff(head: Uint8Array): Sniffed {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 512)).toString("latin1");
  if (/^(RIFF|RF64|BW64)....WAVE/s.test(text)) return { kind: "wav" };
  const what =
    REFUSED_STARTS.find(([start]) => text.startsWith(start))?.[1] ??
    REFUSED_PATTERNS.find(([pattern]) => pattern.test(text))?.[1];
  if (what) return { kind: "refused", what };
  if (isText(head.subarray(0, 512))) return { kind: "refused", what: "plain text" };
  return { kind: "other" };
}

/** Printable UTF-8 and line ends only: no audio container starts with half a kilobyte of that. */
function isText(head: Uint8Array): boolean {
  if (head.byteLength === 0) return false;
  if (head.some((byte) => byte < 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return false;
  const text = new TextDecoder().decode(head.subarray(0, Math.max(1, head.byteLength - 3)));
  return !text.includes("\ufffd");
}
