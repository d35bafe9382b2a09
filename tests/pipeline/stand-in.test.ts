// A trial without a speech API does not pretend: what nobody has heard is shown nowhere.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { murmur } from "../support/audio/murmur.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { linesOf, useCommandLine } from "../support/clients/command-line.ts";
import { accepted, sendForm, sendRaw } from "../support/clients/send-job.ts";
import { settledDeliveries } from "../support/stack/deliveries.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const diarist = await openDiarist({ recognise: createRecogniser(), vars: { SPEECH_API: "stand-in" } });
const receiver = await diarist.receiver();
afterAll(async () => {
  await diarist.close();
  await receiver.close();
});

const { folder, run } = await useCommandLine(diarist.url);

const STAND_IN = {
  code: "stand_in",
  message: expect.stringMatching(/no real words/i),
  action: expect.stringContaining("TOGETHER_API_KEY"),
};

async function hear(bytes: Uint8Array<ArrayBuffer>, query = "") {
  return diarist.finished((await accepted(sendRaw(diarist, bytes, { query }))).id);
}

const transcriptOf = async (id: string, format: string) =>
  (await diarist.call(`/v1/jobs/${id}/transcript?format=${format}`)).text();

test("/healthz says which speech API it is", async () => {
  expect(await (await diarist.call("/healthz", {}, null)).json()).toEqual({
    status: "ok",
    speech: { api: "stand-in", waiting_for: null },
  });
});

describe("a recording that the stand-in does not understand", () => {
  test("has the places where somebody speaks and their length, and no language, word or speaker", async () => {
    const { id, status, result } = await hear(murmur());
    expect({ status, result }).toMatchObject({
      status: "completed",
      result: {
        language: null,
        duration: 10,
        segments: 3,
        words: 0,
        speakers: [],
        speech: { api: "stand-in", model: "openai/whisper-large-v3" },
        warnings: [STAND_IN],
      },
    });
    expect(Object.values(result?.flags ?? {}).filter((count) => count > 0)).toEqual([]);
    const whole = JSON.parse(await transcriptOf(id, "verbose_json"));
    expect(whole).toMatchObject({ language: "und", text: "", words: [], speaker_segments: [] });
    expect(whole.segments.map(({ text }: { text: string }) => text)).toEqual(["", "", ""]);
  });

  test("says so wherever its job is shown, and its words nowhere", async () => {
    const { id } = await hear(murmur(), `?webhook_url=${encodeURIComponent(receiver.url)}&tags=murmur`);
    const list = await (await diarist.call("/v1/jobs?tag=murmur")).json();
    expect(list).toMatchObject({ data: [{ id, result: { warnings: [STAND_IN] } }] });
    await settledDeliveries(diarist, id);
    const told = receiver.received.map(({ body }) => JSON.parse(body)).find(({ data }) => data.id === id);
    expect(told).toMatchObject({
      type: "job.completed",
      data: { result: { language: null, speech: { api: "stand-in" }, warnings: [STAND_IN] } },
    });
    for (const format of ["json", "text", "srt", "vtt", "md", "csv"]) {
      expect(await transcriptOf(id, format)).not.toContain("[speech]");
    }
    const found = await (await diarist.call("/v1/search?q=speech")).json();
    expect(found).toMatchObject({ data: [] });
  });

  test("is the same of a translation with speakers, whose two answers are both empty", async () => {
    const { result } = await hear(murmur(), "?task=translate&diarize=true");
    expect(result).toMatchObject({ language: null, words: 0, speakers: [], warnings: [STAND_IN] });
  });

  test("is told in a header on the drop-in routes, whose answers have no place for it", async () => {
    const form = new FormData();
    form.append("file", new Blob([murmur()], { type: "audio/wav" }), "murmur.wav");
    form.append("response_format", "text");
    const answer = await diarist.call("/v1/audio/transcriptions", { method: "POST", body: form });
    expect([answer.status, answer.headers.get("x-diarist-warnings"), (await answer.text()).trim()]).toEqual([
      200,
      "stand_in",
      "",
    ]);
  });

  test("is told on the command line, beside the transcript and not in it", async () => {
    const file = join(folder, "murmur.wav");
    await writeFile(file, murmur());
    const { code, stdout, stderr } = await run(["transcribe", file]);
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(/warning: No real words.*TOGETHER_API_KEY/),
    });
    const [line] = linesOf<{ job: string; warnings: unknown }>(await run(["transcribe", file, "--json"]));
    expect(line?.warnings).toEqual([STAND_IN]);
    expect((await run(["get", line?.job ?? ""])).stderr).toContain("warning: No real words");
  });

  test("lends its transcript, warnings and all, to a duplicate", async () => {
    const first = await hear(murmur(), "?language=de");
    const second = await hear(murmur(), "?language=de");
    expect(second.result).toMatchObject({ reused_from: first.id, language: null, warnings: [STAND_IN] });
  });
});

test("marked audio was truly heard, by the stand-in, and nothing is to be warned of", async () => {
  const { result } = await hear(await bytesOf(await record(TALK)));
  expect(result).toMatchObject({
    language: "en",
    words: 12,
    speakers: ["SPEAKER_00", "SPEAKER_01"],
    speech: { api: "stand-in", model: "openai/whisper-large-v3" },
    warnings: [],
  });
});

test("speakers that were asked for and did not come are warned of", async () => {
  const talk = await bytesOf(await record("A: nobody knows my name\n"));
  const answer = { language: "en", duration: 1, text: "nobody", segments: [], words: [{ word: "nobody" }] };
  await diarist.control({ faults: [{ do: { status: 200, body: JSON.stringify(answer) }, times: 1 }] });
  const parts: [string, string | Blob][] = [["file", new Blob([talk], { type: "audio/wav" })]];
  const { result } = await diarist.finished((await accepted(sendForm(diarist, parts))).id);
  expect(result?.warnings).toEqual([
    {
      code: "speakers_not_available",
      message: expect.stringContaining("Speakers"),
      action: expect.stringMatching(/\w/),
    },
  ]);
});
