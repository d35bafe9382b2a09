import { useEffect, useState } from "preact/hooks";
import type { Diarist } from "../api/diarist.ts";
import { go } from "../app/router.ts";
import { choices, jobOptionsOf } from "./options.ts";
import { addFiles } from "./uploads.ts";

/** The whole window accepts files in every view: otherwise the browser would leave the page to open them. */
export function DropTarget({ diarist }: { diarist: Diarist }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const listeners = new AbortController();
    const { signal } = listeners;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener(
      "dragover",
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      { signal },
    );
    // Moving between elements does not leave the window.
    addEventListener("dragleave", ({ relatedTarget }) => relatedTarget === null && setOver(false), {
      signal,
    });
    addEventListener(
      "drop",
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        addFiles(diarist, event.dataTransfer?.files ?? [], jobOptionsOf(choices.value));
        go("#/");
      },
      { signal },
    );
    return () => listeners.abort();
  }, [diarist]);
  return isOver ? <div class="drop-over">Drop to send</div> : null;
}
