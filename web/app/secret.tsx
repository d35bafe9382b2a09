import { copyText } from "./copy-text.ts";
import { Dialog } from "./dialog.tsx";

type SecretProps = {
  title: string;
  text: string;
  secret: string;
  /** The secret is a link that can be opened from here. */
  href?: string;
  onClose: () => void;
};

/** A secret that the API shows only once. */
export function Secret({ title, text, secret, href, onClose }: SecretProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <p class="secret">
        <code>{secret}</code>
        <button type="button" class="small" onClick={() => void copyText(secret, "Copied.")}>
          Copy
        </button>
      </p>
      {href !== undefined && (
        <p>
          <a href={href} target="_blank" rel="noreferrer">
            Open it
          </a>
        </p>
      )}
    </Dialog>
  );
}
