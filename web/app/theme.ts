import { effect, signal } from "@preact/signals";

const STORED = "diarist.theme";
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** `system` follows the device's setting. public/theme.js reads it before this file does. */
export const theme = signal<Theme>(THEMES.find((name) => name === localStorage.getItem(STORED)) ?? "system");

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  localStorage.setItem(STORED, theme.value);
});
