import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";

/** A word that is not used here, the one that is, and where it may stand all the same. */
type OldWord = { old: RegExp; say: string; mayStandIn?: { file: RegExp; because: string }[] };

const OLD_WORDS: OldWord[] = [
  { old: /\bwhoever\b/i, say: "who, anyone who, the Worker that" },
  { old: /\banew\b/i, say: "again" },
  { old: /\b(thereof|whence|that which)\b/i, say: "a shorter sentence" },
  { old: /\bso many\b/i, say: "this number of, `count`" },
  {
    old: /dismiss/i,
    say: "drain",
    mayStandIn: [{ file: /^web\//, because: "a person dismisses a message on the page" }],
  },
  {
    old: /\bsettl(e|es|ed|ing)\b/i,
    say: "finish, finalize, handle the outcome",
    mayStandIn: [{ file: /^dev\/marker-speech\//, because: "a codec settles" }],
  },
  { old: /empty-?lane/i, say: "process lane" },
  { old: /roll[ _-]?call/i, say: "speaker identification" },
  { old: /\breels?\b|(copy|hear|write)Reel|ReelPieces/, say: "reference audio" },
  { old: /\b(lay|tell)(Speakers| speakers over)\b/, say: "overlay, assign speakers" },
  { old: /\btell(Job|Channel)\b|\btell-(job|channel)\b/, say: "sync thread, process channel" },
  { old: /setback/i, say: "outcome" },
  { old: /\b(put|puts|putting)[ _-]?off\b|putOff/i, say: "defer" },
  {
    old: /\bhand(ed|s|ing)?[ -]?over\b|handOver/i,
    say: "fan out, dispatch, send, pass on",
  },
  { old: /\btwins?\b/i, say: "duplicate" },
  { old: /intakes?\b|INTAKE/i, say: "pending audio" },
  { old: /\bmortal/i, say: "crashing" },
  {
    old: /gestures?/i,
    say: "user action",
    mayStandIn: [{ file: /browser\.ts$/, because: "the name of a Chromium flag" }],
  },
  { old: /\b(witness|notebook)\b/i, say: "observer, resume state" },
  { old: /\bkin(ship)?\b/i, say: "same stream, evidence" },
  { old: /\bjudge/i, say: "check, validate, score" },
  { old: /\b(make|create|open)?World\b/, say: "Deps" },
  { old: /TENANT_SHARE|tenantShare/, say: "tenant concurrency" },
  { old: /\b(createEar|PatientEar|an ear)\b/i, say: "recogniser" },
  { old: /by the same stroke|comes round/i, say: "in the same statement, is retried" },
];

/** Decisions are records of what was said then; this file names the old words. */
const NOT_SEARCHED = /^docs\/decisions\/|^tests\/architecture\/words\.test\.ts$|^LICENSE$/;

const FILES = globSync(
  [
    "{workers,shared,client,web,dev,tests,bench,docs,migrations,slack}/**/*.{ts,tsx,css,html,js,md,sql,yaml}",
    "*.{md,toml}",
  ],
  { cwd: ROOT },
)
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !NOT_SEARCHED.test(file))
  .map((file) => ({ file, lines: readFileSync(join(ROOT, file), "utf8").split("\n") }));

test.for(OLD_WORDS)("nobody says $old", ({ old, say, mayStandIn = [] }) => {
  const found = FILES.filter(({ file }) => !mayStandIn.some((place) => place.file.test(file))).flatMap(
    ({ file, lines }) =>
      lines.flatMap((line, n) => (old.test(line) ? [`${file}:${n + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );
  expect(found, `say: ${say}`).toEqual([]);
});

describe("the glossary", () => {
  const text = readFileSync(join(ROOT, "docs", "glossary.md"), "utf8");
  const words = [...text.matchAll(/^\| (\*\*.+?) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/\*\*(.+?)\*\*/g)].map(([, word = ""]) => word),
  );

  test("has each word once", () => {
    const twice = words.filter((word, n) => words.indexOf(word) !== n);
    expect(words.length).toBeGreaterThan(50);
    expect(twice).toEqual([]);
  });

  test("is used: each of its words stands in the code or the docs", () => {
    const all = FILES.filter(({ file }) => basename(file) !== "glossary.md")
      .flatMap(({ lines }) => lines)
      .join("\n")
      .toLowerCase();
    const isUsed = (word: string) =>
      [word, word.replaceAll(" ", "-"), word.replaceAll(" ", "_"), word.replaceAll(" ", "")].some(
        (spelling) => all.includes(spelling.toLowerCase()),
      );
    expect(words.filter((word) => !isUsed(word))).toEqual([]);
  });
});
