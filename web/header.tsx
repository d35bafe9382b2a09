import { formatClock } from "./app/format.ts";
import { route } from "./app/router.ts";
import { session, signOut } from "./app/session.ts";
import { THEMES, type Theme, theme } from "./app/theme.ts";
import { take } from "./upload/recorder.ts";
import { uploads } from "./upload/uploads.ts";

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
      {isSignedIn && view !== "jobs" && <UnderWay />}
      <ThemeSwitch />
      {isSignedIn && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            signOut();
            location.reload(); // nothing of this user stays in memory for the next one
          }}
        >
          Sign out
        </button>
      )}
    </header>
  );
}

/** What is in progress while another view is open; the link leads to it. */
function UnderWay() {
  const count = uploads.value.length;
  return (
    <>
      {take.value && (
        <a class="under-way" href="#/">
          <span class={take.value.isPaused ? "record-dot" : "record-dot live"} aria-hidden="true" />
          Recording {formatClock(take.value.seconds)}
        </a>
      )}
      {count > 0 && (
        <a class="under-way" href="#/">
          Sending {count} {count === 1 ? "file" : "files"}
        </a>
      )}
    </>
  );
}

function ThemeSwitch() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  return (
    <button
      type="button"
      class="quiet"
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
