import { expect, test } from "vitest";
import { applyLayer } from "../../../shared/edits/apply-layer.ts";
import { resolveEdits } from "../../../shared/edits/resolve-edits.ts";
import { serializeTranscript } from "../../../shared/transcript/serialize-transcript.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { generateTranscript, seededRandom } from "../../../tests/support/audio/generated-transcript.ts";
import { spoken } from "../../../tests/support/audio/spoken.ts";
import { applyCorrections, type Correction, correctionsOf, editsOf, revise } from "./corrections.ts";
import { machineOf } from "./machine.ts";
import { paragraphsOf, stretchOf } from "./paragraphs.ts";
import { MachineReader, type MachineRun } from "./read-machine.ts";
import { speakersOf } from "./speakers.ts";
import { textOf, type Words } from "./words.ts";

function open(transcript: Transcript) {
  const runs: MachineRun[] = [];
  const reader = new MachineReader((run) => runs.push(run));
  reader.take(serializeTranscript(transcript));
  reader.finish();
  return machineOf(runs);
}

function shown({ count, starts, ends, speakers, speakerIds, ...words }: Words) {
  return Array.from({ length: count }, (_, index) => ({
    word: textOf({ count, starts, ends, speakers, speakerIds, ...words }, index),
    start: starts[index],
    end: ends[index],
    speaker_id: speakerIds[speakers[index] ?? 0],
  }));
}

test("words that are left as they are keep their times when others in the paragraph change", () => {
  const machine = open(spoken("we met mister parka scarf in the the park today"));
  const text = "We met Mister Parker Scarf in the park";
  const corrections = revise(machine, [], { first: 0, last: 9 }, { text });
  const words = applyCorrections(machine, corrections);
  expect(words.text).toBe(text);
  const park = shown(words).find(({ word }) => word === "park");
  expect(park).toMatchObject({ start: 8, end: 8.5 });
  expect(corrections).not.toContainEqual(expect.objectContaining({ first: 1 }));
});

test("what is typed as it was heard is no correction", () => {
  const machine = open(spoken("all is well"));
  expect(revise(machine, [], { first: 0, last: 2 }, { text: " all  is well " })).toEqual([]);
});

test("a correction is gone when the paragraph is made what was heard", () => {
  const machine = open(spoken("all is well"));
  const once = revise(machine, [], { first: 0, last: 2 }, { text: "all was well" });
  expect(once).toHaveLength(1);
  expect(revise(machine, once, { first: 0, last: 2 }, { text: "all is well" })).toEqual([]);
});

test("words that are only added share the time of a neighbour, at either end too", () => {
  const machine = open(spoken("is well"));
  const words = applyCorrections(
    machine,
    revise(machine, [], { first: 0, last: 1 }, { text: "all is well now" }),
  );
  expect(words.text).toBe("all is well now");
  const times = shown(words);
  expect(times[0]?.start).toBe(0);
  expect(times[3]?.end).toBe(1.5);
});

test("a paragraph can be emptied, and its words written again", () => {
  const machine = open(spoken("one two three four"));
  const emptied = revise(machine, [], { first: 1, last: 2 }, { text: "" });
  expect(applyCorrections(machine, emptied).text).toBe("one four");
  const again = revise(machine, emptied, { first: 1, last: 2 }, { text: "two three" });
  expect(again).toEqual([]);
});

test("a correction that reaches beyond the stretch is kept where it does", () => {
  const machine = open(spoken("one two three four"));
  const wide: Correction[] = [{ first: 1, last: 2, text: "2 and 3" }];
  const words = applyCorrections(machine, revise(machine, wide, { first: 2, last: 3 }, { text: "3 4" }));
  expect(words.text).toBe("one 2 and 3 3 4");
});

test("words given to another speaker stay theirs when the text changes, and the other way round", () => {
  const machine = open(spoken("one two three four"));
  const given = revise(machine, [], { first: 1, last: 2 }, { speaker: "SPEAKER_07" });
  expect(given).toEqual([{ first: 1, last: 2, speaker: "SPEAKER_07" }]);
  const written = revise(machine, given, { first: 0, last: 3 }, { text: "one zwei three four" });
  expect(shown(applyCorrections(machine, written)).map((word) => word.speaker_id)).toEqual([
    "SPEAKER_00",
    "SPEAKER_07",
    "SPEAKER_07",
    "SPEAKER_00",
  ]);
  const back = revise(machine, written, { first: 0, last: 3 }, { speaker: "SPEAKER_00" });
  expect(back).toEqual([{ first: 1, last: 1, text: "zwei" }]);
});

test("Chinese stays without spaces where it is corrected", () => {
  const machine = open({
    ...spoken("你 好 世 界"),
    text: "你好世界",
    segments: [{ id: 0, start: 0, end: 4, text: "你好世界" }],
  });
  const corrections: Correction[] = [{ first: 2, last: 2, text: "是" }];
  expect(applyCorrections(machine, corrections).text).toBe("你好是界");
});

test("the page shows just the words that the API answers, after any corrections", () => {
  const transcript = generateTranscript(400, 5);
  const machine = open(transcript);
  const random = seededRandom(11);
  const pick = (below: number) => Math.floor(random() * below);
  let corrections: Correction[] = [];
  for (let round = 0; round < 150; round++) {
    const words = applyCorrections(machine, corrections);
    const paragraphs = paragraphsOf(words, speakersOf(words.speakerIds, {}));
    const paragraph = paragraphs[pick(paragraphs.length)];
    if (!paragraph) continue;
    const stretch = stretchOf(words, paragraph, machine.words.count);
    const text = words.text.slice(words.from[paragraph.first], words.to[paragraph.end - 1]);
    const said = text.split(" ");
    said.splice(pick(said.length), pick(3), ...["new", "words", "here"].slice(0, pick(4)));
    const revision = pick(4) === 0 ? { speaker: `SPEAKER_0${pick(4)}` } : { text: said.join(" ") };
    corrections = revise(machine, corrections, stretch, revision);
    if (revision.text !== undefined) {
      expect(applyCorrections(machine, corrections).text).toContain(revision.text);
    }
  }
  const edits = editsOf(machine, corrections);
  expect(resolveEdits(transcript.words, edits).ok).toBe(true);
  const answered = applyLayer(transcript, { speakers: {}, edits }).words;
  expect(shown(applyCorrections(machine, corrections))).toEqual(answered.map(({ id: _, ...word }) => word));
  expect(correctionsOf(machine, edits)).toEqual(corrections);
});
