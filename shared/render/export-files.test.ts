import { strFromU8, unzipSync } from "fflate";
import mammoth from "mammoth";
import { parseText } from "media-captions";
import { expect, test } from "vitest";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import { render } from "../../tests/support/audio/render.ts";
import { serializeTranscript } from "../transcript/serialize-transcript.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { renderTranscript } from "./render.ts";
import { DEFAULT_RULES } from "./subtitle-rules.ts";

/** Files read by others' readers: subtitles by media-captions (Vidstack), documents by mammoth. */

const TALK: Transcript = {
  language: "en",
  duration: 70,
  text: "Hello. Oh, hey.",
  segments: [{ id: 0, start: 0.5, end: 65, text: "Hello. Oh, hey." }],
  words: [
    { id: 0, word: "Hello.", start: 0.5, end: 1, speaker_id: "SPEAKER_00" },
    { id: 1, word: "Oh,", start: 62.5, end: 63, speaker_id: "SPEAKER_01" },
    { id: 2, word: "hey.", start: 63, end: 65, speaker_id: "SPEAKER_01" },
  ],
  speaker_segments: [
    { id: 0, speaker_id: "SPEAKER_00", start: 0.5, end: 1, text: "Hello.", words: [] },
    { id: 1, speaker_id: "SPEAKER_01", start: 62.5, end: 65, text: "Oh, hey.", words: [] },
  ],
};

function bytesOf(pieces: Iterable<string | Uint8Array>): Uint8Array {
  return Buffer.concat([...pieces].map((piece) => Buffer.from(piece)));
}

function docxOf(transcript: Transcript, options = {}): Uint8Array {
  return bytesOf(renderTranscript(transcript, "docx", options).pieces);
}

async function readDocx(docx: Uint8Array): Promise<string> {
  const { value, messages } = await mammoth.convertToHtml({ buffer: Buffer.from(docx) });
  expect(messages).toEqual([]);
  return value;
}

test("a document has a paragraph a turn, the speaker bold, with the time", async () => {
  const html = await readDocx(docxOf(TALK, { speakerNames: { SPEAKER_00: "Ada" } }));
  expect(html).toBe(
    "<p><strong>Ada </strong>[00:00:00] Hello.</p><p><strong>SPEAKER_01 </strong>[00:01:02] Oh, hey.</p>",
  );
});

test("a document without times has none", async () => {
  expect(await readDocx(docxOf(TALK, { times: false }))).toBe(
    "<p><strong>SPEAKER_00 </strong>Hello.</p><p><strong>SPEAKER_01 </strong>Oh, hey.</p>",
  );
});

test("what XML would read as markup, or cannot hold, is text in a document", async () => {
  const text = '<w:p>&amp; "x" ]]> \u0000\u0007 \ud83d \uffff \u{1f600} مرحبا';
  const odd = { ...TALK, words: [], speaker_segments: [], segments: [{ id: 0, start: 0, end: 1, text }] };
  const html = await readDocx(docxOf(odd, { times: false }));
  expect(html).toBe('<p>&lt;w:p&gt;&amp;amp; "x" ]]&gt; \ufffd \ufffd \u{1f600} مرحبا</p>');
});

test("a document of 20,000 words has all of them", async () => {
  const transcript = generateTranscript(20_000, 9);
  const { value } = await mammoth.extractRawText({
    buffer: Buffer.from(docxOf(transcript, { times: false })),
  });
  const said = value.split(/\s+/).filter((word) => word !== "" && !word.startsWith("SPEAKER_"));
  expect(said).toEqual(transcript.words.map((word) => word.word));
});

test("silence is a document that opens", async () => {
  const silent = { ...TALK, text: "", segments: [], words: [], speaker_segments: [] };
  expect(await readDocx(docxOf(silent))).toBe("");
});

test("a zip holds every format, each as it is alone", async () => {
  const options = { speakerNames: { SPEAKER_00: "Ada" }, times: true };
  const { pieces, contentType } = renderTranscript(TALK, "zip", options, "standup");
  expect(contentType).toBe("application/zip");
  const files = unzipSync(bytesOf(pieces));
  expect(Object.keys(files).sort()).toEqual([
    "standup.csv",
    "standup.docx",
    "standup.json",
    "standup.md",
    "standup.srt",
    "standup.txt",
    "standup.vtt",
  ]);
  const textOf = (name: string) => strFromU8(files[name] ?? new Uint8Array());
  expect(textOf("standup.srt")).toBe(render(TALK, "srt", options).body);
  expect(textOf("standup.txt")).toBe("[00:00:00] Ada: Hello.\n\n[00:01:02] SPEAKER_01: Oh, hey.");
  expect(textOf("standup.csv")).toBe(render(TALK, "csv", options).body);
  expect(JSON.parse(textOf("standup.json"))).toEqual({ ...TALK, speakers: { SPEAKER_00: "Ada" } });
  expect(await readDocx(files["standup.docx"] ?? new Uint8Array())).toContain("<strong>Ada </strong>");
});

test("the same transcript is the same zip, byte for byte", () => {
  const zip = () => bytesOf(renderTranscript(generateTranscript(300), "zip").pieces);
  expect(zip()).toEqual(zip());
});

test("verbose JSON without names is the transcript's canonical JSON", () => {
  const transcript = { ...generateTranscript(1700, 3), usage: { seconds: 1 } };
  expect(render(transcript, "verbose_json").body).toBe(serializeTranscript(transcript));
  expect(render({ ...TALK, segments: [], words: [] }, "verbose_json").body).toContain(
    '"segments":[],"words":[],',
  );
});

test("another reader finds the same cues in SRT and VTT, and nothing to complain about", async () => {
  const transcript = generateTranscript(3000, 12);
  // Names take room in SRT, and with it other cues.
  const rules = { ...DEFAULT_RULES, labels: "never" as const };
  const read = async (type: "srt" | "vtt") => {
    const { body } = render(transcript, type, type === "srt" ? { rules } : {});
    const { cues, errors } = await parseText(body, { type, strict: true, errors: true });
    expect(errors).toEqual([]);
    return cues;
  };
  const [srt, vtt] = [await read("srt"), await read("vtt")];
  expect(srt.length).toBeGreaterThan(300);
  expect(srt.map((cue) => [cue.startTime, cue.endTime])).toEqual(
    vtt.map((cue) => [cue.startTime, cue.endTime]),
  );
  const said = vtt.flatMap((cue) => cue.text.replace(/^<v [^>]+>/, "").split(/\s+/));
  expect(said).toEqual(transcript.words.map((word) => word.word));
  for (const cue of vtt) expect(cue.text).toMatch(/^<v SPEAKER_0\d>/);
});

test("another reader understands what was escaped and what was not", async () => {
  const said = ["<b>R&D</b>", "-->", "{\\an8}", "WEBVTT"];
  const words = said.map((word, id) => ({ id, word, start: id, end: id + 0.9 }));
  const odd = { ...TALK, words, speaker_segments: [], text: said.join(" ") };
  for (const type of ["srt", "vtt"] as const) {
    const { cues, errors } = await parseText(render(odd, type).body, { type, strict: true, errors: true });
    expect([type, errors, cues.length]).toEqual([type, [], 1]);
  }
});
