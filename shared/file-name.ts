import { MAX_FILENAME_CHARACTERS } from "./limits.ts";

const EXTENSION_OF_TYPE: Record<string, string> = {
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/vnd.wave": "wav",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
  "audio/mp4": "m4a",
  "audio/x-m4a": "m4a",
  "audio/aac": "aac",
  "audio/flac": "flac",
  "audio/x-flac": "flac",
  "audio/ogg": "ogg",
  "audio/opus": "ogg",
  "audio/webm": "webm",
  "video/webm": "webm",
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/x-matroska": "mkv",
};

const TURNS_TEXT = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A file name that is safe in keys, headers and on screens: its last path segment, without control characters and
 * those that turn the direction of text (which show `gnp.mp3` where `3pm.png` is), cut to length.
 */
export function cleanFileName(name: string): string | null {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const clean = last
    .replace(/[\p{Cc}\u2028\u2029]/gu, "")
    .replace(TURNS_TEXT, "")
    .trim();
  return clean === "" || clean === "." || clean === ".." ? null : clean.slice(-MAX_FILENAME_CHARACTERS);
}

/**
 * The name of a recording's transcript files: the recording's own, without its extension and without characters that no
 * file name may have.
 */
export function transcriptName(filename: string | null): string {
  const name = (filename ?? "")
    .replace(/\.[^.]*$/, "")
    .replace(/[\p{Cc}/\\:*?"<>|]/gu, "_")
    .replace(TURNS_TEXT, "");
  return name.replace(/^[.\s]+|[.\s]+$/g, "") || "transcript";
}

/** The file name at the end of a URL's path, if there is one. */
export function fileNameOfUrl(url: URL): string | null {
  try {
    return cleanFileName(decodeURIComponent(url.pathname));
  } catch {
    return cleanFileName(url.pathname); // a stray % is not percent-encoding
  }
}

/** The extension of the stored object: the name's own, else the type's, else `bin`; letters and digits only. */
export function fileExtension(name: string | null, contentType: string | null): string {
  const ofName = /\.([A-Za-z0-9]{1,8})$/.exec(name ?? "")?.[1]?.toLowerCase();
  return ofName ?? EXTENSION_OF_TYPE[contentType ?? ""] ?? "bin";
}
