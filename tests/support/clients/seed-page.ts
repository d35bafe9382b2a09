import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../../dev/root.ts";
import type { ShownJob, TestDiarist } from "../stack/diarist.ts";

const SAMPLE = join(ROOT, "dev", "sample", "standup.mp3");

/** The sample in dev/, under another name. */
export async function sampleFile(filename: string): Promise<File> {
  return new File([await readFile(SAMPLE)], filename, { type: "audio/mpeg" });
}

/** The sample as a job of this name; the second and later ones reuse the first one's transcript. */
export async function sendSample(
  diarist: TestDiarist,
  filename: string,
  options: Record<string, unknown> = {},
): Promise<ShownJob> {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) {
    form.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  form.set("file", await sampleFile(filename));
  const answer = await diarist.call("/v1/jobs", { method: "POST", body: form });
  if (!answer.ok) throw new Error(await answer.text());
  const { id } = (await answer.json()) as ShownJob;
  return diarist.finished(id);
}

/** Names for the speakers of a finished job, in the order they spoke first. */
export async function nameSpeakers(diarist: TestDiarist, job: ShownJob, names: string[]): Promise<void> {
  const transcript = await (await diarist.call(`/v1/jobs/${job.id}/transcript`)).json();
  const { words } = transcript as { words: { speaker_id: string }[] };
  const ids = [...new Set(words.map(({ speaker_id }) => speaker_id))];
  const speakers = Object.fromEntries(ids.map((id, n) => [id, names[n] ?? id]));
  const answer = await diarist.call(`/v1/jobs/${job.id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ speakers }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}
