import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { fireworks, gptTranscribe, KEY, speaches, whisperCpp } from "../support/speech-servers/dialects.ts";
import { serveStrictly } from "../support/speech-servers/serve.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const recognise = createRecogniser();

describe.each([
  ["Speaches, by bytes", speaches],
  ["whisper.cpp's server, by bytes", whisperCpp],
  ["OpenAI's gpt-transcribe, which knows no times", gptTranscribe],
  ["Fireworks, by URL", fireworks],
])("behind %s", async (_, dialect) => {
  const server = await serveStrictly(dialect, recognise);
  const diarist = await openDiarist({
    vars: {
      SPEECH_API: "openai",
      SPEECH_BASE_URL: server.baseUrl,
      SPEECH_API_KEY: KEY,
      SPEECH_MODEL: dialect.settings.model,
      SPEECH_TAKES_URL: dialect.settings.takesUrl ? "1" : "0",
    },
  });
  afterAll(async () => {
    await diarist.close();
    await server.close();
  });

  test("an upload becomes a transcript, with subtitles and without speakers that nobody named", async () => {
    const talk = await record(TALK);
    const { id } = await accepted(sendRaw(diarist, await bytesOf(talk), {}));
    const job = await diarist.finished(id);
    expect(job).toMatchObject({
      status: "completed",
      result: { speech: { api: "openai", model: dialect.settings.model }, speakers: [] },
    });
    expect(job.result?.warnings.map(({ code }) => code)).toContain("speakers_not_available");
    const text = await (await diarist.call(`/v1/jobs/${id}/transcript?format=text`)).text();
    expect(text.trim()).toBe(talk.truth.words.map(({ word }) => word).join(" "));
    const srt = await (await diarist.call(`/v1/jobs/${id}/transcript?format=srt`)).text();
    expect(srt).toMatch(/^1\r?\n00:00:0/);
    expect(server.requests.at(-1)).toMatchObject({ status: 200, key: `Bearer ${KEY}` });
    expect(server.requests.at(-1)?.bytes === null).toBe(dialect.settings.takesUrl === true);
  });
});
