/** A speaker's name on the page: the given name, or "Speaker 1" for `SPEAKER_00`. */
export function speakerName(id: string, name: string | null | undefined): string {
  if (name) return name;
  const number = /^SPEAKER_(\d+)$/.exec(id)?.[1];
  return number === undefined ? id : `Speaker ${Number(number) + 1}`;
}
