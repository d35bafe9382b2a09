import { useEffect, useRef } from "preact/hooks";
import { formatClock } from "../app/format.ts";
import { adviceOf } from "../app/problem.tsx";
import { BackIcon, ForwardIcon, PauseIcon, PlayIcon } from "./icons.tsx";
import { RATES } from "./playback.ts";
import type { Reading } from "./reading.ts";
import { Waveform } from "./waveform.tsx";

const STEP_SECONDS = 5;

/** The player's controls, at the bottom of the window. */
export function Player({ reading }: { reading: Reading }) {
  const { playback } = reading;
  const { isPlaying, time, duration, rate, error } = playback;
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    place.current?.append(playback.audio);
  }, [playback]);
  const advice = error.value === null ? null : adviceOf(error.value);
  return (
    <section ref={place} class="player" aria-label="Player">
      <Waveform reading={reading} />
      {advice && (
        <p class="player-error" role="alert">
          {advice.message} {advice.action}
        </p>
      )}
      <div class="controls">
        <button
          type="button"
          class="quiet"
          aria-label="5 seconds back"
          title="5 seconds back (←)"
          onClick={() => reading.goTo(playback.audio.currentTime - STEP_SECONDS)}
        >
          <BackIcon />
        </button>
        <button
          type="button"
          class="primary play"
          aria-label={isPlaying.value ? "Pause" : "Play"}
          title={isPlaying.value ? "Pause (Space)" : "Play (Space)"}
          onClick={() => {
            reading.follows.value = true;
            playback.toggle();
          }}
        >
          {isPlaying.value ? <PauseIcon /> : <PlayIcon />}
        </button>
        <button
          type="button"
          class="quiet"
          aria-label="5 seconds on"
          title="5 seconds on (→)"
          onClick={() => reading.goTo(playback.audio.currentTime + STEP_SECONDS)}
        >
          <ForwardIcon />
        </button>
        <span class="clock">
          {formatClock(time.value)} <span class="muted">/ {formatClock(duration.value)}</span>
        </span>
        <span class="space" />
        <select
          class="rate"
          aria-label="Speed"
          title="Speed (− +)"
          value={String(rate.value)}
          onChange={({ currentTarget }) => playback.setRate(Number(currentTarget.value))}
        >
          {RATES.map((each) => (
            <option key={each} value={String(each)}>
              {each} ×
            </option>
          ))}
        </select>
      </div>
    </section>
  );
}
