import { expect, test } from "vitest";
import { ApiError } from "../../client/errors.ts";
import { serializeTranscript } from "../../shared/transcript/serialize-transcript.ts";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import { type KeptLayer, type LayerApi, LayerKeeper } from "./layer-keeper.ts";
import { applyCorrections } from "./model/corrections.ts";
import { type Machine, machineOf } from "./model/machine.ts";
import { MachineReader, type MachineRun } from "./model/read-machine.ts";

/** The server's side: refuses a layer that is not based on the newest revision. */
class KeepingServer implements LayerApi {
  layer: KeptLayer = { speakers: {}, edits: [], revision: 0 };
  writes = 0;
  isDown = false;

  async read() {
    return this.layer;
  }

  async writeEdits(edits: KeptLayer["edits"], revision: number) {
    if (this.isDown) throw new Error("the line is cut");
    this.writes++;
    if (revision !== this.layer.revision) throw new ApiError(412, { code: "revision_conflict" });
    this.layer = { ...this.layer, edits, revision: revision + 1 };
    return this.layer;
  }

  async writeNames(names: Record<string, string | null>) {
    if (this.isDown) throw new Error("the line is cut");
    const kept = Object.entries({ ...this.layer.speakers, ...names }).filter(([, name]) => name !== null);
    this.layer = {
      ...this.layer,
      speakers: Object.fromEntries(kept) as Record<string, string>,
      revision: this.layer.revision + 1,
    };
    return this.layer;
  }
}

function machineOfWords(count: number): Machine {
  const runs: MachineRun[] = [];
  const reader = new MachineReader((run) => runs.push(run));
  reader.take(serializeTranscript(generateTranscript(count)));
  reader.finish();
  return machineOf(runs);
}

const machine = machineOfWords(40);

async function open(server: KeepingServer) {
  const keeper = new LayerKeeper(server, () => machine);
  await keeper.load();
  return keeper;
}

function shown(keeper: LayerKeeper): string {
  return applyCorrections(machine, keeper.corrections.value).text;
}

/** Resolves when everything that can be saved is saved. */
async function saved(keeper: LayerKeeper): Promise<void> {
  while (keeper.saving.value.state === "saving") await Promise.resolve();
}

const FIRST = { first: 0, last: 4 };
const SECOND = { first: 5, last: 9 };

test("a change is shown at once and saved soon", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  keeper.revise(FIRST, { text: "something else" });
  expect(shown(keeper)).toMatch(/^something else /);
  expect(keeper.isSaved).toBe(false);
  await saved(keeper);
  expect(keeper.isSaved).toBe(true);
  expect(server.layer.edits).toEqual([{ from: 0, to: 4, text: "something else" }]);
  expect(shown(await open(server))).toBe(shown(keeper));
});

test("what changes nothing is not sent", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  expect(keeper.revise(FIRST, { text: machine.words.text.slice(0, machine.words.to[4]) })).toBe(false);
  await saved(keeper);
  expect(server.writes).toBe(0);
});

test("changes made while one is being saved go together in the next request", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  keeper.revise(FIRST, { text: "one" });
  keeper.revise(SECOND, { text: "two" });
  keeper.revise({ first: 10, last: 14 }, { text: "three" });
  await saved(keeper);
  expect(server.writes).toBe(2);
  expect(server.layer.edits.map(({ text }) => text)).toEqual(["one", "two", "three"]);
});

test("what could not be saved stays, says so, and is saved later", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  server.isDown = true;
  keeper.revise(FIRST, { text: "not lost" });
  await saved(keeper);
  expect(keeper.saving.value).toMatchObject({ state: "failed" });
  expect(keeper.isSaved).toBe(false);
  expect(shown(keeper)).toMatch(/^not lost /);
  server.isDown = false;
  keeper.retry();
  await saved(keeper);
  expect([keeper.isSaved, server.layer.edits.length]).toEqual([true, 1]);
});

test("others' changes elsewhere are kept beside ours", async () => {
  const server = new KeepingServer();
  const [ours, theirs] = [await open(server), await open(server)];
  theirs.revise(SECOND, { text: "theirs" });
  await saved(theirs);
  ours.revise(FIRST, { text: "ours" });
  await saved(ours);
  expect(server.layer.edits.map(({ text }) => text)).toEqual(["ours", "theirs"]);
  expect(ours.conflicts.value).toEqual([]);
});

test("where others changed the same words nobody is overwritten unasked", async () => {
  const server = new KeepingServer();
  const [ours, theirs] = [await open(server), await open(server)];
  theirs.revise(FIRST, { text: "theirs" });
  await saved(theirs);
  ours.revise(FIRST, { text: "ours" });
  await saved(ours);
  expect(server.layer.edits.map(({ text }) => text)).toEqual(["theirs"]);
  expect(shown(ours)).toMatch(/^theirs /);
  ours.conflicts.value[0]?.keepOurs();
  await saved(ours);
  expect(server.layer.edits.map(({ text }) => text)).toEqual(["ours"]);
});

test("each of several changes that others contradict is asked about", async () => {
  const server = new KeepingServer();
  const [ours, theirs] = [await open(server), await open(server)];
  theirs.revise(FIRST, { text: "theirs" });
  theirs.revise(SECOND, { text: "theirs too" });
  await saved(theirs);
  server.isDown = true;
  ours.revise(FIRST, { text: "ours" });
  ours.revise(SECOND, { text: "ours too" });
  await saved(ours);
  server.isDown = false;
  ours.retry();
  await saved(ours);
  expect(server.layer.edits.map(({ text }) => text)).toEqual(["theirs", "theirs too"]);
  for (const { keepOurs } of ours.conflicts.value) keepOurs();
  await saved(ours);
  expect(server.layer.edits.map(({ text }) => text)).toEqual(["ours", "ours too"]);
});

test("a change that arrived although the answer was lost is no conflict", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  const { writeEdits } = server;
  server.writeEdits = async (edits, revision) => {
    await writeEdits.call(server, edits, revision);
    server.writeEdits = writeEdits;
    throw new ApiError(412, { code: "revision_conflict" });
  };
  keeper.revise(FIRST, { text: "arrived" });
  await saved(keeper);
  expect(keeper.conflicts.value).toEqual([]);
  expect(keeper.saving.value).toEqual({ state: "saved" });
  expect(shown(keeper)).toMatch(/^arrived /);
});

test("the last change is undone, and the one before it", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  keeper.revise(FIRST, { text: "once" });
  keeper.revise(FIRST, { text: "twice" });
  keeper.undo();
  expect(shown(keeper)).toMatch(/^once /);
  keeper.undo();
  await saved(keeper);
  expect(server.layer.edits).toEqual([]);
  expect(keeper.canUndo.value).toBe(false);
});

test("names are given, and corrections are saved after it without a conflict", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  await keeper.name({ SPEAKER_00: "Ada" });
  keeper.revise(FIRST, { text: "after it" });
  await saved(keeper);
  expect(server.writes).toBe(1);
  expect(keeper.names.value).toEqual({ SPEAKER_00: "Ada" });
  keeper.undo();
  keeper.undo();
  await saved(keeper);
  await Promise.resolve();
  expect(server.layer.speakers).toEqual({});
});

test("a name that could not be taken back can be undone later", async () => {
  const server = new KeepingServer();
  const keeper = await open(server);
  await keeper.name({ SPEAKER_00: "Ada" });
  server.isDown = true;
  keeper.undo();
  await expect.poll(() => keeper.saving.value.state).toBe("failed");
  server.isDown = false;
  keeper.undo();
  await expect.poll(() => keeper.saving.value.state).toBe("saved");
  expect(server.layer.speakers).toEqual({});
  expect(keeper.canUndo.value).toBe(false);
});
