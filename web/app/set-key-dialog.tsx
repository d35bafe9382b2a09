import type { ComponentChildren } from "preact";
import { Dialog } from "./dialog.tsx";

type SetKeyDialogProps = {
  onClose: () => void;
  /** What can be done on the page itself. */
  children?: ComponentChildren;
};

/** How a server gets a speech API, for a person who may have only the page. */
export function SetKeyDialog({ onClose, children }: SetKeyDialogProps) {
  return (
    <Dialog title="Get real transcripts" onClose={onClose}>
      <p>
        A speech API is the service that writes down what is said. This server is a trial without one: it
        understands the sample, and of any other recording it finds only where somebody speaks.
      </p>
      {children}
      <p>The person who runs this server can give it one:</p>
      <ol class="steps">
        <li>
          Get a key from{" "}
          <a href="https://api.together.ai/settings/api-keys" target="_blank" rel="noreferrer">
            Together AI
          </a>
          .
        </li>
        <li>
          Stop this server, and start it with the key:
          <pre>
            <code>TOGETHER_API_KEY=… npm start</code>
          </pre>
        </li>
        <li>
          Open a recording that is here already, and choose <strong>Transcribe again</strong>.
        </li>
      </ol>
      <p class="fine">
        More settings are in docs/operations.md of its source code. What programs can ask of it is in the{" "}
        <a href="/docs/">API documentation</a>.
      </p>
      <footer>
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  );
}
