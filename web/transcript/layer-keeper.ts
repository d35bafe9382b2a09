import { batch, computed, signal } from "@preact/signals";
import type { Layer } from "../../shared/edits/layer.ts";
import { ApiError, type Diarist, dataOf } from "../api/diarist.ts";
import {
  type Correction,
  correctionsOf,
  editsOf,
  revise,
  type Said,
  type Stretch,
  widen,
} from "./model/corrections.ts";
import type { Machine } from "./model/machine.ts";

/** People's work on a transcript, as the server has it. */
export type KeptLayer = Layer & { revision: number };

/** The routes that read and change it. */
export type LayerApi = {
  read(): Promise<KeptLayer>;
  /** @throws ApiError with `revision_conflict` when this is no longer the revision */
  writeEdits(edits: Layer["edits"], revision: number): Promise<KeptLayer>;
  writeNames(names: Record<string, string | null>): Promise<Pick<KeptLayer, "speakers" | "revision">>;
};

/** A change to the corrections of one stretch, and the corrections before it. */
type Change = {
  stretch: Stretch;
  before: Correction[];
  apply: (corrections: readonly Correction[]) => Correction[];
};

type SaveState =
  | { state: "saved" }
  | { state: "saving" }
  /** Nothing is lost while the page stays open. */
  | { state: "failed"; error: unknown };

/** Somebody else has changed the same words: ours are not saved and wait for a decision. */
type Conflict = { keepOurs: () => void };

/**
 * People's work on one transcript. Shows each change at once, saves changes in order, one request at a time, and
 * applies them to what others have saved meanwhile. It asks only where others changed the same words.
 */
export class LayerKeeper {
  readonly kept = signal<KeptLayer | null>(null);
  readonly saving = signal<SaveState>({ state: "saved" });
  /** The first is shown first. */
  readonly conflicts = signal<readonly Conflict[]>([]);
  readonly #changes = signal<readonly Change[]>([]);
  readonly #undo = signal<readonly (() => void)[]>([]);
  readonly #api: LayerApi;
  readonly #machine: () => Machine | null;
  #isBusy = false;

  /** Including what is not saved yet. Complete once all of the machine's words are here. */
  readonly corrections = computed(() =>
    this.#changes.value.reduce<Correction[]>((all, { apply }) => apply(all), this.#saved()),
  );
  readonly names = computed(() => this.kept.value?.speakers ?? {});
  readonly canUndo = computed(() => this.#undo.value.length > 0);

  constructor(api: LayerApi, machine: () => Machine | null) {
    this.#api = api;
    this.#machine = machine;
  }

  async load(): Promise<void> {
    this.kept.value = await this.#api.read();
  }

  /** @returns whether it changed anything */
  revise(stretch: Stretch, said: Said): boolean {
    const machine = this.#machine();
    if (!machine) return false;
    return this.#change(stretch, (corrections) => revise(machine, corrections, stretch, said));
  }

  /** Sets the names of these ids, or removes them with null. @throws ApiError */
  async name(names: Record<string, string | null>): Promise<void> {
    const before = this.names.value;
    const previous = Object.keys(names).map((id) => [
      id,
      Object.hasOwn(before, id) ? (before[id] ?? null) : null,
    ]);
    await this.#writeNames(names);
    const undo = () =>
      void this.#writeNames(Object.fromEntries(previous)).then(
        () => this.#flush(),
        (error: unknown) => {
          this.#undo.value = [...this.#undo.value, undo]; // nothing was undone, so it can be tried again
          this.saving.value = { state: "failed", error };
        },
      );
    this.#undo.value = [...this.#undo.value, undo];
  }

  undo(): void {
    const last = this.#undo.value.at(-1);
    this.#undo.value = this.#undo.value.slice(0, -1);
    last?.();
  }

  /** Retries what could not be saved. */
  retry(): void {
    void this.#flush();
  }

  get isSaved(): boolean {
    return this.#changes.value.length === 0;
  }

  #saved(): Correction[] {
    const machine = this.#machine();
    return machine && this.kept.value ? correctionsOf(machine, this.kept.value.edits) : [];
  }

  #change(stretch: Stretch, apply: Change["apply"], isUndo = false): boolean {
    const now = this.corrections.peek();
    const next = apply(now);
    if (isSame(next, now)) return false;
    const wide = widen(now, stretch);
    const before = inside(now, wide);
    this.#changes.value = [...this.#changes.value, { stretch: wide, before, apply }];
    if (!isUndo) {
      const undo = () => this.#change(wide, (all) => exchange(all, wide, before), true);
      this.#undo.value = [...this.#undo.value, undo];
    }
    void this.#flush();
    return true;
  }

  async #flush(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.saving.value = { state: "saving" };
    try {
      while (this.#changes.value.length > 0) await this.#saveOnce();
      this.saving.value = { state: "saved" };
    } catch (error) {
      this.saving.value = { state: "failed", error };
    } finally {
      this.#isBusy = false;
    }
  }

  async #saveOnce(): Promise<void> {
    const machine = this.#machine();
    if (!machine || !this.kept.value) throw new Error("The transcript is not open.");
    const sent = this.#changes.value.length;
    try {
      const edits = editsOf(machine, this.corrections.value);
      const answer = await this.#api.writeEdits(edits, this.kept.value.revision);
      // Both at once, or what was sent would be applied to itself.
      const rest = this.#changes.value.slice(sent);
      batch(() => {
        this.kept.value = answer;
        this.#changes.value = rest;
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "revision_conflict")) throw error;
      this.kept.value = await this.#api.read();
      this.#dropFinished();
    }
  }

  /** Drops changes that others' corrections already make or contradict; a contradiction becomes a conflict. */
  #dropFinished(): void {
    let corrections = this.#saved();
    const still: Change[] = [];
    for (const change of this.#changes.value) {
      const next = change.apply(corrections);
      if (isSame(next, corrections)) continue;
      if (isSame(inside(corrections, widen(corrections, change.stretch)), change.before)) {
        still.push(change);
        corrections = next;
        continue;
      }
      const { stretch, apply } = change;
      const keepOurs = () => void this.#change(stretch, apply);
      this.conflicts.value = [...this.conflicts.value, { keepOurs }];
    }
    this.#changes.value = still;
  }

  async #writeNames(names: Record<string, string | null>): Promise<void> {
    const { speakers, revision } = await this.#api.writeNames(names);
    const kept = this.kept.value;
    // Other people's corrections in between are not known here: with the old revision, the next save finds out.
    const isNext = kept && revision <= kept.revision + 1;
    if (kept) this.kept.value = { ...kept, speakers, revision: isNext ? revision : kept.revision };
  }
}

/** The routes of one job. */
export function layerApiOf({ api }: Diarist, id: string): LayerApi {
  const path = { id };
  return {
    read: () => dataOf(api.GET("/v1/jobs/{id}/edits", { params: { path } })),
    writeEdits: (edits, revision) => {
      const header = { "if-match": `"${revision}"` };
      return dataOf(api.PUT("/v1/jobs/{id}/edits", { params: { path, header }, body: { edits } }));
    },
    writeNames: (speakers) => dataOf(api.PATCH("/v1/jobs/{id}", { params: { path }, body: { speakers } })),
  };
}

function inside(corrections: readonly Correction[], { first, last }: Stretch): Correction[] {
  return corrections.filter((each) => each.first >= first && each.last <= last);
}

function exchange(
  corrections: readonly Correction[],
  stretch: Stretch,
  by: readonly Correction[],
): Correction[] {
  const wide = widen(corrections, stretch);
  const outside = corrections.filter((each) => each.first < wide.first || each.last > wide.last);
  return [...outside, ...by].sort((a, b) => a.first - b.first);
}

function isSame(a: readonly Correction[], b: readonly Correction[]): boolean {
  return JSON.stringify(a.map(inOrder)) === JSON.stringify(b.map(inOrder));
}

function inOrder({ first, last, text, speaker }: Correction) {
  return [first, last, text ?? null, speaker ?? null];
}
