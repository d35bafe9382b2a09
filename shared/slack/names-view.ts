import type { ModalView } from "@slack/types";
import { MAX_SPEAKER_NAME_CHARACTERS } from "../limits.ts";
import { NAMES_VIEW } from "./actions.ts";

/** A Slack dialog holds 100 blocks. Further speakers are named through the API. */
const MAX_NAMED = 50;
const MAX_LABEL_CHARACTERS = 100;

/** The dialog that asks for the speakers' names. An empty field leaves a speaker without a name. */
export function namesView(
  jobId: string,
  speakers: readonly string[],
  names: Readonly<Record<string, string>>,
): ModalView {
  return {
    type: "modal",
    callback_id: NAMES_VIEW,
    private_metadata: jobId,
    title: { type: "plain_text", text: "Rename speakers" },
    submit: { type: "plain_text", text: "Save" },
    close: { type: "plain_text", text: "Cancel" },
    blocks: speakers.slice(0, MAX_NAMED).map((speaker) => ({
      type: "input",
      block_id: speaker,
      optional: true,
      label: { type: "plain_text", text: speaker.slice(0, MAX_LABEL_CHARACTERS) },
      element: {
        type: "plain_text_input",
        action_id: speaker,
        max_length: MAX_SPEAKER_NAME_CHARACTERS,
        ...(names[speaker] ? { initial_value: names[speaker] } : {}),
      },
    })),
  };
}
