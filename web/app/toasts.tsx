import { signal } from "@preact/signals";
import { adviceOf } from "./problem.tsx";

type Toast = { id: number; text: string; kind: "note" | "problem" };

const SHOWN_MS = 6_000;
const toasts = signal<Toast[]>([]);
let lastId = 0;

/** Shows a message that needs no answer. A problem stays until it is closed. */
export function toast(text: string, kind: Toast["kind"] = "note"): void {
  const id = ++lastId;
  toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { id, text, kind }];
  if (kind === "note") setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Shows what went wrong and, if the API says so, what to do. An aborted request is not shown. */
export function toastProblem(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  const { message, action } = adviceOf(error);
  toast([message, action].filter(Boolean).join(" "), "problem");
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  const kinds = [
    { kind: "note", role: "status" },
    { kind: "problem", role: "alert" },
  ] as const;
  return (
    <div class="toasts">
      {kinds.map(({ kind, role }) => (
        <div key={kind} role={role}>
          {toasts.value
            .filter((toast) => toast.kind === kind)
            .map(({ id, text }) => (
              <p key={id} class={`toast ${kind}`}>
                <span>{text}</span>
                <button
                  type="button"
                  class="quiet"
                  aria-label="Close this message"
                  onClick={() => dismiss(id)}
                >
                  ×
                </button>
              </p>
            ))}
        </div>
      ))}
    </div>
  );
}
