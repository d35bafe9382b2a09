/** What we serve a recording as, by what its probe has found. Nothing in this list can run as a script or a page. */
const TYPE_OF_CONTAINER: Readonly<Record<string, string>> = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "audio/webm",
  mkv: "video/x-matroska",
  ogg: "audio/ogg",
  flac: "audio/flac",
  aac: "audio/aac",
};
const PLAYABLE = new Set(Object.values(TYPE_OF_CONTAINER));
const UNKNOWN = "application/octet-stream";

/**
 * On every answer that is no page of ours: whatever its bytes are, a browser that opens it gives it an origin of its own
 * and runs nothing in it.
 */
export const NOTHING_RUNS = {
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
} as const;

/** @param container null: the recording has not been probed, or is none */
export function typeOfContainer(container: string | null): string {
  const isKnown = container !== null && Object.hasOwn(TYPE_OF_CONTAINER, container);
  return isKnown ? (TYPE_OF_CONTAINER[container] ?? UNKNOWN) : UNKNOWN;
}

/**
 * How the bytes of a customer are served, decided when they are served, whatever their sender called them. A recording
 * keeps a type that players know; anything else is a download of unknown bytes.
 */
export function recordingHeaders(contentType: string, filename: string | null): Record<string, string> {
  const isPlayable = PLAYABLE.has(contentType);
  return {
    "content-type": isPlayable ? contentType : UNKNOWN,
    "content-disposition": disposition(isPlayable ? "inline" : "attachment", filename),
    ...NOTHING_RUNS,
  };
}

/** @param contentType of a file that we have written; its text is the customer's */
export function exportHeaders(contentType: string, filename: string): Record<string, string> {
  return {
    "content-type": contentType,
    "content-disposition": disposition("attachment", filename),
    ...NOTHING_RUNS,
  };
}

function disposition(kind: "inline" | "attachment", filename: string | null): string {
  return filename === null ? kind : `${kind}; filename*=UTF-8''${encodeName(filename)}`;
}

/** RFC 8187. A shortened name may begin with half a character. */
function encodeName(filename: string): string {
  const percent = (sign: string) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(filename.toWellFormed()).replace(/['()*]/g, percent);
}
