import { useLayoutEffect, useRef } from "preact/hooks";
import { type Paragraph, stretchOf } from "./model/paragraphs.ts";
import type { Words } from "./model/words.ts";
import type { Reading } from "./reading.ts";

type ParagraphEditorProps = { reading: Reading; paragraph: Paragraph; words: Words };

/** An editor for a paragraph's text, in its place. Enter or leaving the field saves it. */
export function ParagraphEditor({ reading, paragraph, words }: ParagraphEditorProps) {
  const { keeper, machine } = reading.transcript;
  const field = useRef<HTMLTextAreaElement>(null);
  const isClosed = useRef(false);
  const text = words.text.slice(words.from[paragraph.first], words.to[paragraph.end - 1]);
  const stretch = stretchOf(words, paragraph, machine.value?.words.count ?? words.count);
  const heard = machine.value?.words;
  const heardText = heard?.text.slice(heard.from[stretch.first], heard.to[stretch.last]) ?? "";

  // Once, on opening: puts the cursor behind the word that is being said.
  useLayoutEffect(() => {
    const word = reading.playback.word.peek();
    const isHere = word >= paragraph.first && word < paragraph.end;
    const at = isHere ? (words.to[word] ?? 0) - (words.from[paragraph.first] ?? 0) : text.length;
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(at, at);
    return save; // "back" leaves the view without leaving the field
  }, []);

  function save(): void {
    if (isClosed.current || !field.current) return;
    keeper.revise(stretch, { text: field.current.value });
  }
  /** Keyboard users continue from the paragraph. */
  function close(): void {
    isClosed.current = true; // leaving the field must not save it again
    field.current?.closest("li")?.focus({ preventScroll: true });
    reading.editing.value = null;
  }

  return (
    <div class="editor">
      <div class="grow" data-text={text}>
        <textarea
          ref={field}
          aria-label="Text of this paragraph"
          dir="auto"
          defaultValue={text}
          onInput={({ currentTarget }) => {
            // The copy behind the field makes it as high as its text.
            if (currentTarget.parentElement)
              currentTarget.parentElement.dataset["text"] = currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.isComposing) return;
            if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
              event.preventDefault();
              save();
              close();
            } else if (event.key === "Escape") {
              event.preventDefault();
              close();
            }
          }}
          onBlur={({ currentTarget, relatedTarget }) => {
            if (isClosed.current) return;
            const to = relatedTarget instanceof Element ? relatedTarget : null;
            // People listen while they correct: using the player does not end it.
            if (currentTarget.closest(".editor")?.contains(to) || to?.closest(".player")) return;
            save();
            isClosed.current = true;
            reading.editing.value = null;
          }}
        />
      </div>
      <p class="fine">
        <span>
          <kbd>Enter</kbd> saves, <kbd>Esc</kbd> discards
        </span>
        <span class="space" />
        {heardText !== text && (
          <button
            type="button"
            class="quiet small"
            onClick={() => {
              keeper.revise(stretch, { text: heardText });
              close();
            }}
          >
            Back to what was heard
          </button>
        )}
        <button type="button" class="quiet small" onClick={close}>
          Discard
        </button>
        <button
          type="button"
          class="primary small"
          onClick={() => {
            save();
            close();
          }}
        >
          Save
        </button>
      </p>
      {heardText !== text && <p class="fine heard">Heard: {heardText}</p>}
    </div>
  );
}
