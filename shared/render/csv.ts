import type { Transcript } from "../transcript/transcript.ts";
import type { NameOf } from "./speaker-names.ts";
import { turnsOf } from "./turns.ts";

/**
 * RFC 4180: a header, then one row a turn, times in seconds. Text and names that a spreadsheet would run as a formula
 * get an apostrophe in front, which it shows as text: what a recording says must not act on who opens the file.
 */
export function renderCsv(transcript: Transcript, nameOf: NameOf): string {
  const rows = turnsOf(transcript, nameOf).map(({ start, end, speaker, text }) =>
    [start.toFixed(3), end.toFixed(3), cell(speaker ?? ""), cell(text)].join(","),
  );
  return ["start,end,speaker,text", ...rows, ""].join("\r\n");
}

function cell(value: string): string {
  // The signs OWASP names for CSV injection, with their full-width forms, which some spreadsheets take as well.
  const safe = /^\s*[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
