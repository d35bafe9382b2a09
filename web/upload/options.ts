import { signal } from "@preact/signals";

/** The options of the next recordings, as in the form. */
export type Choices = {
  language: string;
  /** "" or a number. */
  speakers: string;
  translate: boolean;
  tags: string;
  /** Days until the recording, not its transcript, is removed; "": the server's default. */
  keepDays: string;
};

export const NO_CHOICES: Choices = {
  language: "auto",
  speakers: "",
  translate: false,
  tags: "",
  keepDays: "",
};
export const choices = signal<Choices>(NO_CHOICES);

/** The options of a job; unset ones use the API's defaults. */
export function jobOptionsOf({ language, speakers, translate, tags, keepDays }: Choices) {
  const count = Number(speakers);
  const names = [
    ...new Set(
      tags
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
  return {
    ...(language !== "auto" && { language }),
    ...(count > 0 && { min_speakers: count, max_speakers: count }),
    // The API leaves speakers out of translations by default, but here people expect them.
    ...(translate && { task: "translate" as const, diarize: true }),
    ...(names.length > 0 && { tags: names }),
    ...(keepDays !== "" && { retain_audio_days: Number(keepDays) }),
  };
}
