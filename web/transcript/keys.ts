import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Reading } from "./reading.ts";

const STORED = "diarist.single-keys";

/** Whether keys without Ctrl or Alt do something. People who dictate to their computer turn them off (WCAG 2.1.4). */
export const singleKeys = signal(localStorage.getItem(STORED) !== "off");

export function setSingleKeys(isOn: boolean): void {
  singleKeys.value = isOn;
  localStorage.setItem(STORED, isOn ? "on" : "off");
}

const COMMAND = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

/** Every key, for the help and the key handler. */
export const KEYS: { keys: string[]; text: string }[] = [
  { keys: ["Space", "K"], text: "Play or pause" },
  { keys: ["←", "→"], text: "5 seconds back or on" },
  { keys: ["J", "L"], text: "15 seconds back or on" },
  { keys: ["Shift ←", "Shift →"], text: "The paragraph before, or the next" },
  { keys: ["−", "+"], text: "Slower, faster" },
  { keys: [`${COMMAND} F`, "/"], text: "Find in the transcript" },
  { keys: ["F3", "Shift F3"], text: "The next match, or the one before" },
  { keys: ["N", "Shift N"], text: "The next doubtful place, or the one before" },
  { keys: ["E"], text: "Correct the paragraph that is being said" },
  {
    keys: [`${COMMAND} Enter`, `${COMMAND} Shift Enter`],
    text: "Play or pause, 5 seconds back: also while you write",
  },
  { keys: [`${COMMAND} Z`], text: "Undo the last correction" },
  { keys: ["?"], text: "This list" },
];

export function useKeys(reading: Reading): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      const action = actionOf(reading, event);
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [reading]);
}

/** What a key does in this situation; undefined: its normal function. */
function actionOf(reading: Reading, event: KeyboardEvent): (() => void) | undefined {
  const { playback } = reading;
  const target = event.target instanceof Element ? event.target : document.body;
  const isTyping = target.matches(
    "input:not([type=range],[type=checkbox],[type=radio]), textarea, select, [contenteditable]",
  );
  const hasCommand = event.ctrlKey || event.metaKey;
  const jump = (seconds: number) => () => reading.goTo(playback.audio.currentTime + seconds);

  if (event.altKey) return undefined; // many keyboards write letters with it
  if (hasCommand && event.key === "Enter") return event.shiftKey ? jump(-5) : () => playback.toggle();
  if (event.key === "F3") return () => reading.stepMatch(event.shiftKey ? -1 : 1);
  if (hasCommand && event.key.toLowerCase() === "f" && !event.shiftKey) {
    // Pressed again in our own field, it belongs to the browser.
    return target.matches("#find") ? undefined : focusFind;
  }
  if (hasCommand && event.key.toLowerCase() === "z" && !event.shiftKey && !isTyping)
    return () => reading.transcript.keeper.undo();
  if (isTyping || hasCommand || !singleKeys.value) return undefined;

  // Buttons and links use it themselves.
  const isPressable = target.closest("button, a, summary, input") !== null;
  switch (event.key) {
    case " ":
      return isPressable ? undefined : () => playback.toggle();
    case "ArrowLeft":
    case "ArrowRight": {
      if (target.closest("[role=slider], input")) return undefined;
      const step = event.key === "ArrowLeft" ? -1 : 1;
      return event.shiftKey ? () => reading.stepParagraph(step) : jump(5 * step);
    }
    case "k":
    case "K":
      return () => playback.toggle();
    case "j":
    case "J":
      return jump(-15);
    case "l":
    case "L":
      return jump(15);
    case "+":
    case "=":
      return () => playback.stepRate(1);
    case "-":
    case "_":
      return () => playback.stepRate(-1);
    case "/":
      return focusFind;
    case "n":
      return () => reading.stepDoubt(1);
    case "N":
      return () => reading.stepDoubt(-1);
    case "e":
    case "E":
      return reading.canEdit.value ? () => reading.edit() : undefined;
    case "?":
      return () => {
        reading.helpIsOpen.value = true;
      };
    default:
      return undefined;
  }
}

function focusFind(): void {
  const field = document.querySelector<HTMLInputElement>("#find");
  field?.focus();
  field?.select();
}
