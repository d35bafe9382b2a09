/** The environment is loaded apart from the tests, so the two meet at the global object. */
const CLOSERS = Symbol.for("diarist.tests.closers");
type Global = { [CLOSERS]?: (() => Promise<void>)[] };

/** To be called when this process has run its last file: for what several files share. */
export function atTheEnd(close: () => Promise<void>): void {
  const global = globalThis as Global;
  global[CLOSERS] ??= [];
  global[CLOSERS].push(close);
}

export async function closeAll(): Promise<void> {
  const closers = (globalThis as Global)[CLOSERS] ?? [];
  await Promise.all(closers.splice(0).map((close) => close()));
}
