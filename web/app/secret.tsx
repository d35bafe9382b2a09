import { copyText } from "./copy-text.ts";
import { Dialog } from "./dialog.tsx";

type SecretProps = { title: string; text: string; secret: string; onClose: () => void };

/** Something that the API shows this once. */
export function Secret({ title, text, secret, onClose }: SecretProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <p class="secret">
        <code>{secret}</code>
        <button type="button" class="small" onClick={() => void copyText(secret, "Copied.")}>
          Copy
        </button>
      </p>
    </Dialog>
  );
}
