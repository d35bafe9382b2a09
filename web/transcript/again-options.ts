import type { Job } from "../api/diarist.ts";

/** The options of the form *Transcribe again*; the others stay those of the first job. */
export function optionsAgain({ task, options }: Pick<Job, "task" | "options">, form: FormData) {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const count = (name: string) => (text(name) === "" ? null : Number(text(name)));
  const speakers = { min_speakers: count("min_speakers"), max_speakers: count("max_speakers") };
  const next = form.has("translate") ? ("translate" as const) : ("transcribe" as const);
  const asksForSpeakers = speakers.min_speakers !== null || speakers.max_speakers !== null;
  return {
    language: text("language"),
    ...speakers,
    prompt: text("prompt") || null,
    task: next,
    // As with a new recording: the API leaves speakers out of translations by default, but here people expect them.
    diarize: options.diarize || next !== task || asksForSpeakers,
  };
}
