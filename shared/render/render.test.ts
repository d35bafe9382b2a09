import { expect, test } from "vitest";
import { render } from "../../tests/support/audio/render.ts";
import type { Transcript } from "../transcript/transcript.ts";

const PLAIN: Transcript = {
  language: "en",
  duration: 4,
  text: " Hello.\nOh, hey. ",
  segments: [
    { id: 0, start: 0.5, end: 2, text: " Hello." },
    { id: 1, start: 2.9996, end: 4, text: " Oh,\n hey." },
  ],
  words: [],
  speaker_segments: [],
};

const DIARIZED: Transcript = {
  ...PLAIN,
  speaker_segments: [
    { id: 1, speaker_id: "SPEAKER_00", start: 12.9, end: 14, text: "Hello.", words: [] },
    { id: 2, speaker_id: "SPEAKER_01", start: 14, end: 15, text: "Oh, *hey*.", words: [] },
  ],
};

test("text without speakers is the upstream's, as it is", () => {
  const rendered = render(PLAIN, "text");
  expect(rendered).toEqual({ body: PLAIN.text, contentType: "text/plain; charset=utf-8", extension: "txt" });
});

test("text with speakers is a labelled paragraph for each turn", () => {
  expect(render(DIARIZED, "text").body).toBe("SPEAKER_00: Hello.\n\nSPEAKER_01: Oh, *hey*.");
});

test("speakers known from words alone make turns as well", () => {
  const words = [
    { id: 0, word: "Oh,", start: 0, end: 1, speaker_id: "A" },
    { id: 1, word: "hey.", start: 1, end: 2, speaker_id: "A" },
    { id: 2, word: "Yes.", start: 2, end: 3 },
  ];
  expect(render({ ...PLAIN, words }, "text").body).toBe("A: Oh, hey.\n\nYes.");
});

test("turns are shown in the order of their times", () => {
  const turned = { ...DIARIZED, speaker_segments: DIARIZED.speaker_segments.toReversed() };
  expect(render(turned, "text").body).toBe(render(DIARIZED, "text").body);
});

test("json is the text alone", () => {
  expect(render(DIARIZED, "json")).toEqual({
    body: JSON.stringify({ text: PLAIN.text }),
    contentType: "application/json",
    extension: "json",
  });
});

test("Markdown is a list of turns with speaker and time, markup in what was said escaped", () => {
  expect(render(DIARIZED, "md").body).toBe(
    "**SPEAKER_00** [00:00:12] Hello.\n\n**SPEAKER_01** [00:00:14] Oh, \\*hey\\*.\n",
  );
});

test("Markdown without speakers has times alone", () => {
  expect(render(PLAIN, "md").body).toBe("[00:00:00] Hello.\n\n[00:00:02] Oh, hey.\n");
});

test("Markdown escapes what would be a tag, a link, an entity or emphasis, and leaves names like snake_case", () => {
  const text = "<script> [x](y) &amp; _so_ snake_case `c` \\";
  const body = render({ ...PLAIN, segments: [{ id: 0, start: 0, end: 1, text }] }, "md").body;
  expect(body).toBe("[00:00:00] \\<script\\> \\[x\\](y) \\&amp; \\_so\\_ snake_case \\`c\\` \\\\\n");
});

test("CSV has a header and a row for each turn, by RFC 4180", () => {
  expect(render(DIARIZED, "csv").body).toBe(
    'start,end,speaker,text\r\n12.900,14.000,SPEAKER_00,Hello.\r\n14.000,15.000,SPEAKER_01,"Oh, *hey*."\r\n',
  );
  expect(render(PLAIN, "csv").body).toBe(
    'start,end,speaker,text\r\n0.500,2.000,,Hello.\r\n3.000,4.000,,"Oh, hey."\r\n',
  );
});

test("CSV doubles quotes, and text a spreadsheet would run gets an apostrophe", () => {
  const texts = ['say "hi"', "=1+1", "+1", "-1", "@SUM(A1)", "＝1", "1=1", '=HYPERLINK("x","y")'];
  const segments = texts.map((text, id) => ({ id, start: id, end: id, text }));
  const rows = render({ ...PLAIN, segments }, "csv")
    .body.split("\r\n")
    .slice(1, -1);
  expect(rows.map((row) => row.split(",").slice(3).join(","))).toEqual([
    '"say ""hi"""',
    "'=1+1",
    "'+1",
    "'-1",
    "'@SUM(A1)",
    "'＝1",
    "1=1",
    `"'=HYPERLINK(""x"",""y"")"`,
  ]);
});

test("CSV guards speaker names too", () => {
  const { body } = render(DIARIZED, "csv", { speakerNames: { SPEAKER_00: "=cmd|' /C calc'!A0" } });
  expect(body).toContain("\r\n12.900,14.000,'=cmd|' /C calc'!A0,Hello.\r\n");
});

test("given names are shown for speaker ids; an empty name and a strange key are none", () => {
  const speakerNames = { SPEAKER_00: " Ann\nLee ", SPEAKER_01: "" };
  expect(render(DIARIZED, "text", { speakerNames }).body).toBe("Ann Lee: Hello.\n\nSPEAKER_01: Oh, *hey*.");
  const odd: Transcript = {
    ...PLAIN,
    speaker_segments: [{ id: 0, speaker_id: "constructor", start: 0, end: 1, text: "Hi.", words: [] }],
  };
  expect(render(odd, "text", { speakerNames }).body).toBe("constructor: Hi.");
});

test("text that came without any times is one turn", () => {
  const bare = { ...PLAIN, segments: [] };
  expect(render(bare, "md").body).toBe("[00:00:00] Hello. Oh, hey.\n");
});

test("silence is an empty file in every format", () => {
  const silent: Transcript = { ...PLAIN, text: "", segments: [] };
  expect(render(silent, "text").body).toBe("");
  expect(render(silent, "srt").body).toBe("");
  expect(render(silent, "vtt").body).toBe("WEBVTT\n");
  expect(render(silent, "md").body).toBe("");
  expect(render(silent, "csv").body).toBe("start,end,speaker,text\r\n");
  expect(render(silent, "json").body).toBe('{"text":""}');
});
