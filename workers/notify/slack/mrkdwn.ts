import { oneLine } from "../../../shared/render/speaker-names.ts";

/** Text that cannot be a link, a mention or a call to the whole channel. https://docs.slack.dev/messaging/formatting-message-text */
export function escapeText(text: string): string {
  return oneLine(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The first characters of an escaped text, without cutting an escape or a surrogate pair in two. */
export function cutText(escaped: string, most: number): string {
  if (escaped.length <= most) return escaped;
  return escaped
    .slice(0, most)
    .replace(/&[a-z]{0,3}$/, "")
    .replace(/[\ud800-\udbff]$/, "");
}
