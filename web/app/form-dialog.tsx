import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { Problem } from "./problem.tsx";

type FormDialogProps = {
  title: string;
  /** The label of the submit button. */
  submit: string;
  canSubmit?: boolean;
  onSubmit: (form: HTMLFormElement) => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
};

/** A form in a dialog. It is submitted once at a time and shows why a request was refused. */
export function FormDialog({
  title,
  submit,
  canSubmit = true,
  onSubmit,
  onClose,
  children,
}: FormDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function send(form: HTMLFormElement): Promise<void> {
    setBusy(true);
    setError(null);
    await onSubmit(form).catch(setError);
    setBusy(false);
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void send(event.currentTarget);
        }}
      >
        {children}
        {error !== null && <Problem error={error} />}
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy || !canSubmit}>
            {isBusy ? `${submit}…` : submit}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
