/** The names by which Slack tells us which button, dialog or shortcut was used; the last stands in the manifest. */
export const ACTIONS = {
  ask_names: "diarist_rename",
  delete: "diarist_delete",
  retry: "diarist_retry",
} as const;
export const NAMES_VIEW = "diarist_names";
export const TRANSCRIBE_SHORTCUT = "transcribe";
export const TRANSCRIBE_COMMAND = "/transcribe";
