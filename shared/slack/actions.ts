/** The ids of our buttons, dialogs and shortcuts in Slack's requests. The last ones are also in the manifest. */
export const ACTIONS = {
  ask_names: "diarist_rename",
  delete: "diarist_delete",
  retry: "diarist_retry",
} as const;
export const NAMES_VIEW = "diarist_names";
export const TRANSCRIBE_SHORTCUT = "transcribe";
export const TRANSCRIBE_COMMAND = "/transcribe";
