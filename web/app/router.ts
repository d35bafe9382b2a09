import { signal } from "@preact/signals";

/** The current view: what is behind `#` in the address. */
export type Route =
  | { view: "jobs"; status: string | null; tag: string | null }
  | { view: "job"; id: string; at: number | null }
  | { view: "shared"; token: string; at: number | null }
  | { view: "search"; query: string }
  | { view: "settings"; section: Section }
  | { view: "missing" };

export const SECTIONS = ["webhooks", "slack", "keys", "usage"] as const;
export type Section = (typeof SECTIONS)[number];

/** @param hash such as `#/jobs/job_…?t=12.5` */
function readRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
  const [first = "", second, ...more] = path.split("/").filter(Boolean).map(decode);
  const query = new URLSearchParams(search);
  if (more.length > 0) return { view: "missing" };
  const at = readSeconds(query.get("t"));
  if (second === undefined) {
    if (first === "") return { view: "jobs", status: query.get("status"), tag: query.get("tag") };
    if (first === "search") return { view: "search", query: query.get("q") ?? "" };
    if (first === "settings") return { view: "settings", section: "webhooks" };
  } else {
    if (first === "jobs") return { view: "job", id: second, at };
    if (first === "shared") return { view: "shared", token: second, at };
    const section = SECTIONS.find((name) => name === second);
    if (first === "settings" && section) return { view: "settings", section };
  }
  return { view: "missing" };
}

export const route = signal<Route>(readRoute(location.hash));
history.scrollRestoration = "manual"; // otherwise the browser scrolls before a view is drawn
addEventListener("hashchange", () => {
  route.value = readRoute(location.hash);
});

/** Goes there, like a click on a link. */
export function go(hash: string): void {
  location.hash = hash;
}

/** Changes the address without a new entry in the history. */
export function replaceHash(hash: string): void {
  history.replaceState(null, "", hash);
  route.value = readRoute(hash);
}

export function hrefOfJob(id: string, at?: number): string {
  return `#/jobs/${encodeURIComponent(id)}${at === undefined ? "" : `?t=${Math.round(at * 1000) / 1000}`}`;
}

function readSeconds(text: string | null): number | null {
  const seconds = text === null ? Number.NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** Invalid percent-encoding stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
