/** Enough for a long test run. */
const MAX_ENTRIES = 10_000;

/** An entry with its number, from 1. */
export type Numbered<Entry> = { n: number } & Entry;

export type Newest<Entry> = {
  add(entry: Entry): Numbered<Entry>;
  list(): readonly Numbered<Entry>[];
  /** How many old ones had to go. */
  forgotten(): number;
  clear(): void;
};

/** A record that forgets the oldest entries. */
export function keepNewest<Entry extends object>(maxEntries: number = MAX_ENTRIES): Newest<Entry> {
  let entries: Numbered<Entry>[] = [];
  let sequence = 0;
  let forgotten = 0;
  return {
    add(entry) {
      const numbered = { n: ++sequence, ...entry };
      entries.push(numbered);
      // Dropping a tenth at once keeps the cost of forgetting off each entry.
      if (entries.length > maxEntries * 1.1) {
        forgotten += entries.length - maxEntries;
        entries = entries.slice(-maxEntries);
      }
      return numbered;
    },
    list: () => entries.slice(-maxEntries),
    forgotten: () => forgotten + Math.max(0, entries.length - maxEntries),
    clear() {
      entries = [];
      forgotten = 0;
    },
  };
}
