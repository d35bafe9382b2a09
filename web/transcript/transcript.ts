import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Diarist, dataOf, type Job, type Schemas } from "../api/diarist.ts";
import { LayerKeeper, layerApiOf } from "./layer-keeper.ts";
import { loadMachine } from "./load-machine.ts";
import { applyCorrections } from "./model/corrections.ts";
import { type Match, TextFinder } from "./model/find-text.ts";
import { type Machine, machineOf } from "./model/machine.ts";
import { type Paragraph, paragraphsOf } from "./model/paragraphs.ts";
import type { MachineRun } from "./model/read-machine.ts";
import { type Speakers, speakersOf } from "./model/speakers.ts";
import { lastUpTo, type Words } from "./model/words.ts";

export type Flag = Schemas["Flags"]["data"][number];
/** A doubtful place among the displayed words. */
type Doubt = Match & { flag: Flag };

/** The whole state behind the reader, for one job that has a transcript. Nothing here uses the DOM. */
export type OpenTranscript = {
  job: Job;
  diarist: Diarist;
  readOnly: boolean;
  keeper: LayerKeeper;
  machine: ReadonlySignal<Machine | null>;
  /** Whether all words have been loaded. */
  isWhole: ReadonlySignal<boolean>;
  error: ReadonlySignal<unknown>;
  /** Shows the machine's transcript, without names and corrections. */
  showsMachine: { value: boolean };
  words: ReadonlySignal<Words | null>;
  speakers: ReadonlySignal<Speakers>;
  paragraphs: ReadonlySignal<Paragraph[]>;
  doubts: ReadonlySignal<Doubt[]>;
  /** The text to find. */
  query: { value: string };
  matches: ReadonlySignal<Match[]>;
  close(): void;
};

const NOTHING: Record<string, string> = {};

export function openTranscript(diarist: Diarist, job: Job, readOnly: boolean): OpenTranscript {
  const runs: MachineRun[] = [];
  const machine = signal<Machine | null>(null);
  const isWhole = signal(false);
  const error = signal<unknown>(null);
  const showsMachine = signal(false);
  const flags = signal<Flag[]>([]);
  const query = signal("");
  const stop = new AbortController();
  const keeper = new LayerKeeper(layerApiOf(diarist, job.id), () => machine.value);

  const words = computed(() => {
    if (!machine.value || !keeper.kept.value) return null;
    return showsMachine.value
      ? machine.value.words
      : applyCorrections(machine.value, keeper.corrections.value);
  });
  const speakers = computed(() => {
    const names = showsMachine.value ? NOTHING : keeper.names.value;
    return speakersOf(words.value?.speakerIds ?? [], names, job.result?.speakers);
  });
  const paragraphs = computed(() => (words.value ? paragraphsOf(words.value, speakers.value) : []));
  const finder = computed(() => words.value && new TextFinder(words.value));
  const matches = computed(() => (query.value === "" ? [] : (finder.value?.find(query.value) ?? [])));
  const doubts = computed(() => {
    const [all, shown] = [machine.value, words.value];
    return all && shown ? flags.value.flatMap((flag) => doubtOf(flag, all, shown)) : [];
  });

  async function load(): Promise<void> {
    try {
      const loaded = loadMachine(
        diarist,
        job.id,
        (run) => {
          runs.push(run);
          machine.value = machineOf(runs);
        },
        stop.signal,
      );
      await Promise.all([loaded, keeper.load()]);
      batch(() => {
        machine.value ??= machineOf(runs); // a recording without speech
        isWhole.value = true;
      });
      await loadFlags();
    } catch (reason) {
      if (!stop.signal.aborted) error.value = reason;
    }
  }

  async function loadFlags(): Promise<void> {
    const counts = Object.values(job.result?.flags ?? {}).map(Number);
    if (!counts.some((count) => count > 0)) return;
    const params = { path: { id: job.id }, query: { layer: "machine" as const } };
    const answer = await dataOf(diarist.api.GET("/v1/jobs/{id}/flags", { params, signal: stop.signal }));
    flags.value = answer.data;
  }

  void load();
  return {
    job,
    diarist,
    readOnly,
    keeper,
    machine,
    isWhole,
    error,
    showsMachine,
    words,
    speakers,
    paragraphs,
    doubts,
    query,
    matches,
    close: () => stop.abort(),
  };
}

/** Where the words of a flag are now; nowhere when they were corrected, since somebody has checked them. */
function doubtOf(flag: Flag, machine: Machine, words: Words): Doubt[] {
  const from = flag.words ? machine.placeOfId(flag.words.from) : firstFrom(machine.words, flag.start);
  const to = flag.words
    ? machine.placeOfId(flag.words.to)
    : lastUpTo(machine.words.starts, flag.end, machine.words.count);
  if (from === undefined || to === undefined || to < from) return [];
  const first = lastUpTo(words.places, from - 1, words.count) + 1;
  const last = lastUpTo(words.places, to, words.count);
  const isAsHeard = last - first === to - from && isSameText(machine.words, from, to, words, first);
  return isAsHeard ? [{ flag, first, last }] : [];
}

function firstFrom(words: Words, seconds: number): number {
  return lastUpTo(words.starts, seconds - 0.001, words.count) + 1;
}

function isSameText(machine: Words, from: number, to: number, words: Words, first: number): boolean {
  const heard = machine.text.slice(machine.from[from], machine.to[to]);
  return words.text.startsWith(heard, words.from[first]);
}
