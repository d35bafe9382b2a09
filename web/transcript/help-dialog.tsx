import { Dialog } from "../app/dialog.tsx";
import { KEYS, setSingleKeys, singleKeys } from "./keys.ts";
import type { Reading } from "./reading.ts";

export function HelpDialog({ reading }: { reading: Reading }) {
  const close = () => {
    reading.helpIsOpen.value = false;
  };
  return (
    <Dialog title="Keys" onClose={close}>
      <dl class="keys">
        {KEYS.map(({ keys, text }) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p class="fine">Click a word to hear it. Click a speaker to name them.</p>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={({ currentTarget }) => setSingleKeys(currentTarget.checked)}
        />
        Use keys without Ctrl or Alt
      </label>
    </Dialog>
  );
}
