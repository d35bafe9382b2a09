import { effect } from "@preact/signals";
import {
  defaultRangeExtractor,
  measureElement,
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from "@tanstack/virtual-core";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { paragraphOf } from "./model/paragraphs.ts";
import { ParagraphRow } from "./paragraph-row.tsx";
import type { Reading } from "./reading.ts";

/** Pixels drawn beyond the window, so that quick scrolling shows no gaps. */
const OVERSCAN = 6;
/** The height of paragraphs that have not been drawn yet; drawn ones are measured. */
const LINE_PIXELS = 29;
const CHARACTER_PIXELS = 8.4;
const FRAME_PIXELS = 20;
/** How many frames to wait until a word that was scrolled to is drawn. */
const MOST_FRAMES = 30;

/** The paragraphs. Only visible ones are in the document, so that ten hours scroll like ten minutes. */
export function ParagraphList({ reading }: { reading: Reading }) {
  const { transcript, playback } = reading;
  const paragraphs = transcript.paragraphs.value;
  const words = transcript.words.value;
  const editing = reading.editing.value;
  const list = useRef<HTMLOListElement>(null);
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  const virtualizer = useVirtualizer(list, redraw);
  const width = list.current?.clientWidth ?? 700;

  const placeOf = (index: number) => words?.places[paragraphs[index]?.first ?? 0] ?? index;
  virtualizer.setOptions({
    ...virtualizer.options,
    count: paragraphs.length,
    getItemKey: placeOf,
    estimateSize(index) {
      const paragraph = paragraphs[index];
      if (!paragraph || !words) return LINE_PIXELS;
      const characters = (words.to[paragraph.end - 1] ?? 0) - (words.from[paragraph.first] ?? 0);
      const textPixels = width > 560 ? width - 170 : width;
      return FRAME_PIXELS + LINE_PIXELS * Math.ceil((characters * CHARACTER_PIXELS) / textPixels);
    },
    // The paragraph being edited stays in the document wherever the page is scrolled.
    rangeExtractor(range) {
      const shown = defaultRangeExtractor(range);
      const own = editing === null ? -1 : paragraphs.findIndex((_, index) => placeOf(index) === editing);
      return own < 0 || shown.includes(own) ? shown : [...shown, own].sort((a, b) => a - b);
    },
  });

  useReveal(reading, list, virtualizer);
  useSaidMark(reading, list);
  useLeaveFollowing(reading);
  useClicks(reading, list);

  const rows = virtualizer.getVirtualItems();
  return (
    <div class="list">
      <ol ref={list} style={{ height: `${virtualizer.getTotalSize()}px` }}>
        {words &&
          rows.map(({ index, key, start }) => {
            const paragraph = paragraphs[index];
            if (!paragraph) return null;
            return (
              <ParagraphRow
                key={String(key)}
                reading={reading}
                index={index}
                total={paragraphs.length}
                paragraph={paragraph}
                words={words}
                isEditing={editing === key}
                top={start - virtualizer.options.scrollMargin}
                measure={virtualizer.measureElement}
              />
            );
          })}
      </ol>
      {playback.isPlaying.value && !reading.follows.value && (
        <button type="button" class="to-word" onClick={() => reading.goTo(playback.audio.currentTime)}>
          Back to what is being said
        </button>
      )}
    </div>
  );
}

type List = { current: HTMLOListElement | null };
type Rows = Virtualizer<Window, HTMLLIElement>;

function useVirtualizer(list: List, redraw: () => void): Rows {
  const virtualizer = useMemo(
    () =>
      new Virtualizer<Window, HTMLLIElement>({
        count: 0,
        getScrollElement: () => window,
        estimateSize: () => LINE_PIXELS,
        scrollToFn: windowScroll,
        observeElementRect: observeWindowRect,
        observeElementOffset: observeWindowOffset,
        measureElement,
        overscan: OVERSCAN,
        initialOffset: () => window.scrollY,
        initialRect: { width: window.innerWidth, height: window.innerHeight },
        scrollPaddingStart: 80,
        scrollPaddingEnd: 160,
        onChange: () => redraw(),
      }),
    [redraw],
  );
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => {
    // The content above the list may change its height.
    const margin = Math.round((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    if (margin !== virtualizer.options.scrollMargin) {
      virtualizer.setOptions({ ...virtualizer.options, scrollMargin: margin });
      redraw();
    }
    virtualizer._willUpdate();
  });
  return virtualizer;
}

function wordElement(list: List, word: number): HTMLElement | null {
  return list.current?.querySelector<HTMLElement>(`[data-w="${word}"]`) ?? null;
}

/** Scrolls a word into the middle of the window: first its paragraph, which may have to be drawn, then the word. */
function useReveal(reading: Reading, list: List, virtualizer: Rows): void {
  useLayoutEffect(() => {
    let frame = 0;
    reading.reveal = (word) => {
      cancelAnimationFrame(frame);
      const found = wordElement(list, word);
      if (found) {
        found.scrollIntoView({ block: "center" });
        return;
      }
      const index = paragraphOf(reading.transcript.paragraphs.peek(), word);
      if (index < 0) return;
      virtualizer.scrollToIndex(index, { align: "start" });
      let frames = 0;
      const look = () => {
        const element = wordElement(list, word);
        if (element) element.scrollIntoView({ block: "center" });
        // Again when the rows around it have been measured too.
        if (++frames < (element ? 3 : MOST_FRAMES)) frame = requestAnimationFrame(look);
      };
      frame = requestAnimationFrame(look);
    };
    return () => cancelAnimationFrame(frame);
  }, [reading, list, virtualizer]);
}

/** Marks the word that is being said and keeps it visible. Only it and the previous word are touched. */
function useSaidMark(reading: Reading, list: List): void {
  const marked = useRef<HTMLElement | null>(null);
  const mark = (word: number) => {
    const element = word < 0 ? null : wordElement(list, word);
    if (element !== marked.current) marked.current?.removeAttribute("aria-current");
    element?.setAttribute("aria-current", "true");
    marked.current = element;
    return element;
  };
  // Newly drawn rows do not have the mark yet.
  useLayoutEffect(() => void mark(reading.playback.word.peek()));
  useEffect(
    () =>
      effect(() => {
        const word = reading.playback.word.value;
        const element = mark(word);
        const isWanted = reading.follows.value && reading.playback.isPlaying.value && word >= 0;
        if (isWanted && !(element && isInSight(element))) reading.reveal(word);
      }),
    [reading],
  );
}

/** Between the toolbar and the player, with one line of margin. */
function isInSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  const above = document.querySelector(".toolbar")?.getBoundingClientRect().bottom ?? 0;
  const below = document.querySelector(".player")?.getBoundingClientRect().top ?? innerHeight;
  return top >= above + LINE_PIXELS && bottom <= below - LINE_PIXELS;
}

const SCROLL_KEYS = new Set(["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"]);

/** Scrolling during playback means reading elsewhere. */
function useLeaveFollowing({ follows }: Reading): void {
  useEffect(() => {
    const leave = () => {
      follows.value = false;
    };
    const press = (event: KeyboardEvent) => SCROLL_KEYS.has(event.key) && leave();
    addEventListener("wheel", leave, { passive: true });
    addEventListener("touchmove", leave, { passive: true });
    addEventListener("keydown", press);
    return () => {
      removeEventListener("wheel", leave);
      removeEventListener("touchmove", leave);
      removeEventListener("keydown", press);
    };
  }, [follows]);
}

/** A click on a word plays from there. The keyboard has the paragraph's time and the arrow keys for that. */
function useClicks(reading: Reading, list: List): void {
  useEffect(() => {
    const click = ({ target }: MouseEvent) => {
      const word = target instanceof Element ? target.closest<HTMLElement>("[data-w]") : null;
      const isSelecting = getSelection()?.isCollapsed === false;
      if (word && !isSelecting) reading.playFromWord(Number(word.dataset["w"]));
    };
    const ol = list.current;
    ol?.addEventListener("click", click);
    return () => ol?.removeEventListener("click", click);
  }, [reading, list]);
}
