/** What Together documents for each container that it takes: the ending and type tell its server what comes. */
export const CONTENT_TYPES: Readonly<Record<string, string>> = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  webm: "audio/webm",
  ogg: "audio/ogg",
  flac: "audio/flac",
  aac: "audio/aac",
};

/** @throws Error for a container that no part is made in */
export function contentTypeOf(container: string): string {
  const type = CONTENT_TYPES[container];
  if (!type) throw new Error(`no part is a ${container} file`);
  return type;
}
