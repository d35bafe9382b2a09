import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendForm, sendJson, sendRaw } from "../support/clients/send-job.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await bytesOf(await record(TALK));
const file = new File([talk], "talk.wav", { type: "audio/wav" });
/** Nobody answers there: a job that is accepted by mistake costs nothing. */
const url = "http://127.0.0.1:9/talk.wav";

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

/** A test whose requests must leave no trace. */
const testWithoutTrace = (name: string, requests: () => Promise<void>) =>
  test(name, () => expectNothingKept(diarist, requests));

/** The fields named in the `errors` of each door's refusal, sorted; all three doors must name the same. */
async function wrongFields(options: Record<string, unknown>): Promise<string[]> {
  const texts = Object.entries(options).map(([name, value]): [string, string] => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const json = await fieldsOf(sendJson(diarist, { file: url, ...options }));
  const form = await fieldsOf(sendForm(diarist, [["file", file], ...texts]));
  const query = await fieldsOf(sendRaw(diarist, talk, { query: `?${new URLSearchParams(texts)}` }));
  expect({ form, query }).toEqual({ form: json, query: json });
  return json;
}

async function fieldsOf(sent: Promise<Response>): Promise<string[]> {
  const { errors } = await expectProblem(sent, 422, "invalid_params");
  return (errors ?? []).map(({ field }) => field).sort();
}

/** `webhook_url` or `file` may not be called. */
async function refuseUrl(options: Record<string, unknown>): Promise<void> {
  const sent = sendJson(diarist, { file: url, ...options });
  const { errors } = await expectProblem(sent, 422, "destination_refused");
  expect(errors?.map(({ field }) => field)).toEqual(Object.keys(options));
}

describe("an option with a wrong value is refused in every kind of request, and named", () => {
  testWithoutTrace("temperature outside 0 to 1", async () => {
    expect(await wrongFields({ temperature: 2 })).toEqual(["temperature"]);
    expect(await wrongFields({ temperature: -1 })).toEqual(["temperature"]);
    expect(await wrongFields({ temperature: 1.0001 })).toEqual(["temperature"]);
    expect(await wrongFields({ temperature: "abc" })).toEqual(["temperature"]);
    expect(await wrongFields({ temperature: "" })).toEqual(["temperature"]);
    expect(await wrongFields({ temperature: "0x1" })).toEqual(["temperature"]);
  });

  testWithoutTrace("numbers of speakers that cannot be", async () => {
    expect(await wrongFields({ min_speakers: 5, max_speakers: 2 })).toEqual(["min_speakers"]);
    expect(await wrongFields({ min_speakers: 0 })).toEqual(["min_speakers"]);
    expect(await wrongFields({ max_speakers: 1.5 })).toEqual(["max_speakers"]);
    expect(await wrongFields({ max_speakers: 101 })).toEqual(["max_speakers"]);
    expect(await wrongFields({ max_speakers: "two" })).toEqual(["max_speakers"]);
  });

  testWithoutTrace("a value that is not on the list", async () => {
    expect(await wrongFields({ task: "summarize" })).toEqual(["task"]);
    expect(await wrongFields({ response_format: "pdf" })).toEqual(["response_format"]);
    expect(await wrongFields({ timestamp_granularities: ["phoneme"] })).toEqual([
      "timestamp_granularities.0",
    ]);
    expect(await wrongFields({ timestamp_granularities: ["word", "word"] })).toEqual([
      "timestamp_granularities",
    ]);
    expect(await wrongFields({ timestamp_granularities: [] })).toEqual(["timestamp_granularities"]);
    expect(await wrongFields({ diarize: "perhaps" })).toEqual(["diarize"]);
    expect(await wrongFields({ reuse: "no" })).toEqual(["reuse"]);
  });

  testWithoutTrace("a language that is no code", async () => {
    expect(await wrongFields({ language: "English" })).toEqual(["language"]);
    expect(await wrongFields({ language: "en-US" })).toEqual(["language"]);
    expect(await wrongFields({ language: "" })).toEqual(["language"]);
  });

  testWithoutTrace("a name that is no option", async () => {
    expect(await wrongFields({ langauge: "en" })).toEqual(["langauge"]);
    expect(await wrongFields({ Language: "en" })).toEqual(["Language"]);
    expect(await wrongFields({ url: "x", audio: "y" })).toEqual(["audio", "url"]);
    expect(await wrongFields({ constructor: "x", toString: "y" })).toEqual(["constructor", "toString"]);
  });

  testWithoutTrace("metadata that is no object", async () => {
    expect(await wrongFields({ metadata: [1] })).toEqual(["metadata"]);
    expect(await wrongFields({ metadata: "text" })).toEqual(["metadata"]);
    expect(await wrongFields({ metadata: 7 })).toEqual(["metadata"]);
    expect(await wrongFields({ metadata: '{"a":' })).toEqual(["metadata"]);
  });

  testWithoutTrace("too many tags, or too long ones", async () => {
    expect(await wrongFields({ tags: [..."abcdefghijk"] })).toEqual(["tags"]);
    expect(await wrongFields({ tags: ["a", "x".repeat(51)] })).toEqual(["tags.1"]);
  });

  testWithoutTrace("texts that are too long", async () => {
    expect(await wrongFields({ prompt: "x".repeat(4_001) })).toEqual(["prompt"]);
    expect(await wrongFields({ external_id: "x".repeat(201) })).toEqual(["external_id"]);
    expect(await wrongFields({ model: "x".repeat(201) })).toEqual(["model"]);
    expect(await wrongFields({ model: "" })).toEqual(["model"]);
  });

  testWithoutTrace("several at once are all named", async () => {
    const options = { temperature: 9, language: "English", tags: [..."abcdefghijk"], speed: "2" };
    expect(await wrongFields(options)).toEqual(["language", "speed", "tags", "temperature"]);
  });
});

testWithoutTrace("a file name that is no text is refused", async () => {
  expect(await fieldsOf(sendJson(diarist, { file: url, filename: 7 }))).toEqual(["filename"]);
});

testWithoutTrace(
  "an option of a wrong type in JSON is refused, though a form could only write it so",
  async () => {
    expect(await fieldsOf(sendJson(diarist, { file: url, temperature: "0" }))).toEqual(["temperature"]);
    expect(await fieldsOf(sendJson(diarist, { file: url, diarize: "true" }))).toEqual(["diarize"]);
    expect(await fieldsOf(sendJson(diarist, { file: url, tags: "a,b" }))).toEqual(["tags"]);
  },
);

test("metadata is taken up to 16 KB of JSON, counted in bytes, and refused above", async () => {
  const metadata = (bytes: number) => ({ a: "ü".repeat((bytes - 8) / 2) });
  const exact = metadata(16_384);
  const job = await accepted(
    sendForm(diarist, [
      ["metadata", JSON.stringify(exact)],
      ["file", file],
    ]),
  );
  expect(job.metadata).toEqual(exact);
  await diarist.finished(job.id);
  await expectNothingKept(diarist, async () => {
    expect(await wrongFields({ metadata: metadata(16_386) })).toEqual(["metadata"]);
  });
});

test("all at their limit are taken, and the webhook still stays below 20 KB", async () => {
  const receiver = await diarist.receiver();
  const options = {
    prompt: "x".repeat(4_000),
    external_id: "é".repeat(200),
    tags: Array.from({ length: 10 }, (_, n) => `${n}${"ü".repeat(49)}`),
    metadata: { a: "😀".repeat(4_094) },
    filename: `${"ü".repeat(196)}.wav`,
    temperature: 1,
    min_speakers: 100,
    max_speakers: 100,
    webhook_url: `${receiver.url}${"x".repeat(2_048 - receiver.url.length)}`,
  };
  const texts = Object.entries(options).map(([name, value]): [string, string] => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const { id } = await accepted(sendForm(diarist, [["file", file], ...texts]));
  const job = await diarist.finished(id);
  const { filename, ...asked } = options;
  expect({ ...job, ...job.options, ...job.audio }).toMatchObject({ status: "completed", filename, ...asked });

  const [webhook] = await receiver.waitFor(1);
  expect(webhook).toMatchObject({ verified: true, type: "job.completed" });
  expect(Buffer.byteLength(webhook?.body ?? "")).toBeLessThan(20_000);
  await receiver.close();
});

describe("a webhook_url that may not be called is refused", () => {
  testWithoutTrace("one that is no URL", async () => {
    await refuseUrl({ webhook_url: "" });
    await refuseUrl({ webhook_url: "hook" });
    await refuseUrl({ webhook_url: "//example.com/hook" });
    await refuseUrl({ webhook_url: "https://" });
    await refuseUrl({ webhook_url: `https://example.com/${"x".repeat(2_050)}` });
  });

  testWithoutTrace("one that is not https", async () => {
    await refuseUrl({ webhook_url: "http://example.com/hook" });
    await refuseUrl({ webhook_url: "ftp://example.com/hook" });
    await refuseUrl({ webhook_url: "file:///etc/passwd" });
    await refuseUrl({ webhook_url: "javascript:alert(1)" });
  });

  testWithoutTrace("one inside a network", async () => {
    await refuseUrl({ webhook_url: "https://intranet/hook" });
    await refuseUrl({ webhook_url: "https://db.internal/hook" });
    await refuseUrl({ webhook_url: "https://printer.local/hook" });
    await refuseUrl({ webhook_url: "https://10.0.0.1.nip.io/hook" });
  });

  testWithoutTrace("one by an address", async () => {
    await refuseUrl({ webhook_url: "https://10.0.0.1/hook" });
    await refuseUrl({ webhook_url: "https://93.184.215.14/hook" });
    await refuseUrl({ webhook_url: "https://169.254.169.254/latest/meta-data/" });
    await refuseUrl({ webhook_url: "https://[fd00::1]/hook" });
    await refuseUrl({ webhook_url: "https://0x0a000001/hook" });
  });

  testWithoutTrace("Diarist's own", async () => {
    await refuseUrl({ webhook_url: `${diarist.url}/v1/jobs` });
    await refuseUrl({ webhook_url: `${diarist.url.replace("127.0.0.1", "localhost")}/healthz` });
    await refuseUrl({ webhook_url: `${diarist.url.replace("127.0.0.1", "[::1]")}/healthz` });
  });

  testWithoutTrace("one with a password, or a port of its own", async () => {
    await refuseUrl({ webhook_url: "https://user:secret@example.com/hook" });
    await refuseUrl({ webhook_url: "https://example.com:8443/hook" });
  });

  testWithoutTrace("after the recording was stored, which is then removed", async () => {
    const sent = sendForm(diarist, [
      ["file", file],
      ["webhook_url", "https://10.0.0.1/hook"],
    ]);
    await expectProblem(sent, 422, "destination_refused");
  });
});

testWithoutTrace("a recording's URL that may not be called is refused", async () => {
  await refuseUrl({ file: "talk.wav" });
  await refuseUrl({ file: "http://example.com/talk.wav" });
  await refuseUrl({ file: "https://10.0.0.1/talk.wav" });
  await refuseUrl({ file: "https://router.lan/talk.wav" });
  await refuseUrl({ file: "data:audio/wav;base64,UklGRg==" });
  await refuseUrl({ file: `${diarist.url}/v1/jobs` });
});

testWithoutTrace("a large recording is removed again when a field behind it is wrong", async () => {
  const large = new File([new Uint8Array(11_000_000)], "large.wav", { type: "audio/wav" });
  expect(
    await fieldsOf(
      sendForm(diarist, [
        ["file", large],
        ["temperature", "2"],
      ]),
    ),
  ).toEqual(["temperature"]);
});
