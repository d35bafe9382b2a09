/** So much of a list is parsed at once: enough to be fast, little enough not to be noticed in memory. */
const BATCH_CHARACTERS = 65_536;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts the lists out of a JSON object that comes in slices and hands their items out batch by batch, so that the JSON
 * never stands in memory whole. Only lists that are values of the outermost object count.
 */
export class JsonLists {
  readonly #hand: (key: string, items: unknown[]) => void;
  /** The outermost object with its lists left empty. */
  #rest = "";
  #key: string | undefined;
  #pending = "";
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** `hand` is called at least once for each list, also for an empty one. */
  constructor(hand: (key: string, items: unknown[]) => void) {
    this.#hand = hand;
  }

  push(text: string): void {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) this.#isInString = false;
      } else if (code === QUOTE) this.#isInString = true;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        this.#depth++;
        if (this.#depth === 2 && code === OPEN_LIST) {
          this.#keep(text.slice(from, at + 1));
          this.#openList();
          from = at + 1;
        }
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        this.#depth--;
        if (this.#depth === 1 && this.#key !== undefined) {
          this.#keep(text.slice(from, at));
          this.#handOut();
          this.#key = undefined;
          from = at;
        }
      } else if (code === COMMA && this.#depth === 2 && this.#key !== undefined) {
        if (this.#pending.length + at - from < BATCH_CHARACTERS) continue;
        this.#keep(text.slice(from, at));
        this.#handOut();
        from = at + 1;
      }
    }
    this.#keep(text.slice(from));
  }

  /** What the object holds in front of the list that is being handed out, earlier lists left empty. */
  soFar(): Record<string, unknown> {
    return JSON.parse(`${this.#rest}]}`);
  }

  /**
   * The object with its lists left empty.
   * @throws SyntaxError when the slices were not the whole of an object
   */
  finish(): Record<string, unknown> {
    return JSON.parse(this.#rest);
  }

  #keep(text: string): void {
    if (this.#key === undefined) this.#rest += text;
    else this.#pending += text;
  }

  #openList(): void {
    this.#key = /"([^"\\]*)":\[$/.exec(this.#rest.slice(-100))?.[1];
    if (this.#key === undefined) throw new SyntaxError("a list of the object has no name");
  }

  #handOut(): void {
    const items: unknown[] = JSON.parse(`[${this.#pending}]`);
    this.#pending = "";
    this.#hand(this.#key ?? "", items);
  }
}
