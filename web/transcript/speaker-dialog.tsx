import { useState } from "preact/hooks";
import { Dialog } from "../app/dialog.tsx";
import { Problem } from "../app/problem.tsx";
import { toast } from "../app/toasts.tsx";
import type { Speaker } from "./model/speakers.ts";
import type { Reading, SpeakerMenu } from "./reading.ts";

/** The most characters that the API accepts. */
const MAX_NAME_CHARACTERS = 100;
const NEW = "new";

/** Changes a speaker: name them everywhere, merge them with another, or assign words to another. */
export function SpeakerDialog({ reading, menu }: { reading: Reading; menu: SpeakerMenu }) {
  const { transcript } = reading;
  const { list } = transcript.speakers.value;
  const speaker = list.find(({ ids }) => ids.includes(menu.speakerId));
  const others = list.filter((each) => each !== speaker);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    reading.menu.value = null;
  };
  if (!speaker) return null;

  async function name(names: Record<string, string | null>, done: string): Promise<void> {
    setError(null);
    try {
      await transcript.keeper.name(names);
      toast(done);
      close();
    } catch (reason) {
      setError(reason);
    }
  }

  /** Two ids with one name are one speaker: an unnamed one gets the name it is shown by. */
  function merge(other: Speaker): Promise<void> {
    const all = [...(speaker?.ids ?? []), ...other.ids];
    return name(Object.fromEntries(all.map((id) => [id, other.name])), `Merged with ${other.name}.`);
  }

  return (
    <Dialog title={speaker.name} onClose={close}>
      <div class="speaker-dialog">
        {error !== null && <Problem error={error} />}
        <Rename
          speaker={speaker}
          onRename={(text) => {
            const other = others.find((each) => each.name === text);
            if (other) return merge(other);
            const names = Object.fromEntries(speaker.ids.map((id) => [id, text === "" ? null : text]));
            return name(names, text === "" ? "The name is gone." : `Renamed to ${text}.`);
          }}
        />
        {others.length > 0 && (
          <Choose
            label="Is the same person as"
            button="Merge"
            options={others}
            onChoose={(id) => {
              const other = others.find((each) => each.id === id);
              if (other) void merge(other);
            }}
          />
        )}
        {speaker.ids.length > 1 && (
          <button
            type="button"
            onClick={() =>
              void name(Object.fromEntries(speaker.ids.map((id) => [id, null])), "Parted again.")
            }
          >
            Part again into {speaker.ids.length} speakers
          </button>
        )}
        {menu.paragraph !== null && reading.canEdit.value && (
          <Choose
            label={menu.selected ? "The selected words are said by" : "This paragraph is said by"}
            button="Give"
            options={others}
            offersNew={true}
            onChoose={(id) => {
              reading.assign(menu.paragraph ?? 0, menu.selected, id === NEW ? newSpeakerId(list) : id);
              close();
            }}
          />
        )}
      </div>
    </Dialog>
  );
}

function Rename({ speaker, onRename }: { speaker: Speaker; onRename: (name: string) => Promise<void> }) {
  const [isBusy, setBusy] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const text = String(new FormData(event.currentTarget).get("name") ?? "").trim();
        setBusy(true);
        void onRename(text).finally(() => setBusy(false));
      }}
    >
      <label class="field">
        <span>Name, everywhere</span>
        <input
          name="name"
          maxLength={MAX_NAME_CHARACTERS}
          autocomplete="off"
          placeholder={speaker.name}
          defaultValue={speaker.isNamed ? speaker.name : ""}
          ref={(field) => field?.select()}
        />
      </label>
      <button type="submit" class="primary" disabled={isBusy}>
        Rename
      </button>
    </form>
  );
}

type ChooseProps = {
  label: string;
  button: string;
  options: readonly Speaker[];
  offersNew?: boolean;
  onChoose: (id: string) => void;
};

function Choose({ label, button, options, offersNew = false, onChoose }: ChooseProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(String(new FormData(event.currentTarget).get("speaker")));
      }}
    >
      <label class="field">
        <span>{label}</span>
        <select name="speaker">
          {options.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {offersNew && <option value={NEW}>Somebody new</option>}
        </select>
      </label>
      <button type="submit">{button}</button>
    </form>
  );
}

/** The next id, in the machine's own form. */
function newSpeakerId(speakers: readonly Speaker[]): string {
  const taken = new Set(speakers.flatMap(({ ids }) => ids));
  for (let number = 0; ; number++) {
    const id = `SPEAKER_${String(number).padStart(2, "0")}`;
    if (!taken.has(id)) return id;
  }
}
