import { route } from "./router.ts";
import { session, signOut } from "./session.ts";
import { THEMES, type Theme, theme } from "./theme.ts";

const LINKS = [
  { href: "#/", text: "Recordings", views: ["jobs", "job"] },
  { href: "#/search", text: "Search", views: ["search"] },
  { href: "#/settings", text: "Settings", views: ["settings"] },
];
const THEME_NAMES: Record<Theme, string> = {
  system: "Colours as on this device",
  light: "Light colours",
  dark: "Dark colours",
};

export function Header() {
  const { view } = route.value;
  const isSignedIn = session.value !== null && view !== "shared";
  return (
    <header class="header">
      <a class="logo" href="#/">
        <img src="/icon.svg" alt="" width="28" height="28" />
        Diarist
      </a>
      {isSignedIn && (
        <nav aria-label="Main">
          {LINKS.map(({ href, text, views }) => (
            <a key={href} href={href} aria-current={views.includes(view) ? "page" : undefined}>
              {text}
            </a>
          ))}
        </nav>
      )}
      <span class="space" />
      <ThemeSwitch />
      {isSignedIn && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            signOut();
            location.reload(); // nothing of theirs stays in memory for whoever comes next
          }}
        >
          Sign out
        </button>
      )}
    </header>
  );
}

function ThemeSwitch() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  return (
    <button
      type="button"
      class="quiet theme-switch"
      aria-label={`${THEME_NAMES[theme.value]}. Change`}
      title={THEME_NAMES[theme.value]}
      onClick={() => {
        theme.value = next;
      }}
    >
      {{ system: "◐", light: "☀", dark: "☾" }[theme.value]}
    </button>
  );
}
