import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatClock } from "../app/format.ts";
import { drawWaveform, regionsOf } from "./draw-waveform.ts";
import { lastUpTo } from "./model/words.ts";
import { loadPeaks } from "./peaks/load-peaks.ts";
import type { Peaks } from "./peaks/peaks.ts";
import { CannotDecodeError } from "./peaks/sound.ts";
import type { Reading } from "./reading.ts";

const STEP_SECONDS = 5;
const PAGE_SECONDS = 60;

/** The recording at a glance: loudness, speakers and position. It is also the player's slider. */
export function Waveform({ reading }: { reading: Reading }) {
  const { playback, transcript } = reading;
  const { time, duration } = playback;
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const { peaks, state } = usePeaks(reading);
  const width = useSignal(0);
  const hover = useSignal<number | null>(null);
  const regions = useComputed(() => regionsOf(transcript.words.value, transcript.speakers.value));

  useEffect(() => {
    const watch = new ResizeObserver(() => {
      width.value = box.current?.clientWidth ?? 0;
    });
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, [width]);

  // Colours change with the theme of the device or of the page.
  const scheme = useScheme();
  const [peaksNow, regionsNow] = [peaks.value, regions.value];
  useEffect(() => {
    if (canvas.current && width.value > 0) {
      drawWaveform(canvas.current, {
        width: width.value,
        duration: duration.value,
        peaks: peaksNow,
        regions: regionsNow,
      });
    }
  }, [width.value, duration.value, peaksNow, regionsNow, scheme.value]);

  const share = duration.value > 0 ? Math.min(1, time.value / duration.value) : 0;
  const secondsAt = ({ clientX }: { clientX: number }) => {
    const { left = 0, width: wide = 1 } = box.current?.getBoundingClientRect() ?? {};
    return Math.min(1, Math.max(0, (clientX - left) / wide)) * duration.value;
  };
  const speakerAt = (seconds: number) => {
    const words = transcript.words.value;
    if (!words) return "";
    const index = lastUpTo(words.starts, seconds, words.count);
    return transcript.speakers.value.ofNumber(words.speakers[index] ?? 0)?.name ?? "";
  };
  const describe = (seconds: number) => [formatClock(seconds), speakerAt(seconds)].filter(Boolean).join(", ");

  return (
    <div
      ref={box}
      class="waveform"
      data-peaks={state.value}
      role="slider"
      tabIndex={0}
      aria-label="Position in the recording"
      aria-valuemin={0}
      aria-valuemax={Math.round(duration.value)}
      aria-valuenow={Math.round(time.value)}
      aria-valuetext={describe(time.value)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        reading.goTo(secondsAt(event));
      }}
      onPointerMove={(event) => {
        const seconds = secondsAt(event);
        hover.value = event.pointerType === "mouse" ? seconds : null;
        if (event.currentTarget.hasPointerCapture(event.pointerId)) reading.goTo(seconds);
      }}
      onPointerLeave={() => {
        hover.value = null;
      }}
      onKeyDown={(event) => {
        const steps: Record<string, number> = {
          ArrowLeft: time.value - STEP_SECONDS,
          ArrowDown: time.value - STEP_SECONDS,
          ArrowRight: time.value + STEP_SECONDS,
          ArrowUp: time.value + STEP_SECONDS,
          PageDown: time.value - PAGE_SECONDS,
          PageUp: time.value + PAGE_SECONDS,
          Home: 0,
          End: duration.value,
        };
        const seconds = steps[event.key];
        if (seconds === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        reading.goTo(seconds);
      }}
    >
      <canvas ref={canvas} />
      {state.value === "none" && <p class="fine">No waveform: this browser cannot decode the recording.</p>}
      <div class="played" style={{ width: `${share * 100}%` }} />
      {hover.value !== null && (
        <div
          class="hover"
          style={{ left: `${duration.value > 0 ? (hover.value / duration.value) * 100 : 0}%` }}
        >
          <span>{describe(hover.value)}</span>
        </div>
      )}
    </div>
  );
}

/** Peaks are megabytes: not loaded when the browser is set to save data. */
function savesData(): boolean {
  return Object(Object(navigator).connection).saveData === true;
}

/** The peaks as they arrive, once all words are loaded; `none` when the browser cannot decode the recording. */
function usePeaks({ playback, transcript }: Reading) {
  const peaks = useSignal<Peaks | null>(null);
  const state = useSignal<"some" | "all" | "none">("some");
  const url = playback.url.value;
  const isTurn = url !== null && transcript.isWhole.value && !savesData();
  // Once: a renewed link leads to the same recording.
  useEffect(() => {
    if (url === null || !isTurn) return;
    const stop = new AbortController();
    const show = (next: Peaks) => {
      peaks.value = next;
    };
    loadPeaks(url, transcript.job.audio, show, stop.signal).then(
      () => {
        state.value = "all";
      },
      (error: unknown) => {
        // The player reports a broken connection; the waveform stays as far as it got.
        if (error instanceof CannotDecodeError) state.value = "none";
      },
    );
    return () => stop.abort();
  }, [isTurn, transcript]);
  return { peaks, state };
}

function useScheme() {
  const scheme = useSignal("");
  useEffect(() => {
    const root = document.documentElement;
    const look = () => {
      scheme.value = `${root.dataset["theme"]} ${matchMedia("(prefers-color-scheme: dark)").matches}`;
    };
    look();
    const watch = new MutationObserver(look);
    watch.observe(root, { attributeFilter: ["data-theme"] });
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", look);
    return () => {
      watch.disconnect();
      media.removeEventListener("change", look);
    };
  }, [scheme]);
  return scheme;
}
