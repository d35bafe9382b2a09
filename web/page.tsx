import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Diarist } from "./api/diarist.ts";
import { lazy } from "./app/lazy.tsx";
import { type Route, route } from "./app/router.ts";
import { session } from "./app/session.ts";
import { title } from "./app/title.ts";
import { Toasts } from "./app/toasts.tsx";
import { Header } from "./header.tsx";
import { JobsView } from "./jobs/jobs-view.tsx";
import { SharedView, TranscriptView } from "./shared-view.tsx";
import { SignIn } from "./sign-in/sign-in.tsx";
import { TrialBar } from "./trial-bar.tsx";
import { DropTarget } from "./upload/drop-target.tsx";

const SearchView = lazy(() => import("./search/search-view.tsx"));
const SettingsView = lazy(() => import("./settings/settings-view.tsx"));

/** The whole page: header, current view, messages. */
export function Page() {
  const main = useRef<HTMLElement>(null);
  useSignalEffect(() => {
    document.title = title.value;
  });
  const { view } = route.value;
  const isFirst = useRef(true);
  useEffect(() => {
    title.value = TITLES[view];
    // After a click on a link, the focus moves to the new view, unless the view itself sets it. A page that has just
    // been opened is read from the top.
    const isInside = main.current?.contains(document.activeElement);
    if (!isFirst.current && !isInside) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
    if (view !== "jobs") scrollTo(0, 0); // the list restores its own position
  }, [view]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <TrialBar />
      <Header />
      <main ref={main} id="main" tabIndex={-1}>
        <View />
      </main>
      <Toasts />
    </>
  );
}

const TITLES: Record<Route["view"], string> = {
  jobs: "Recordings · Diarist",
  job: "Recording · Diarist",
  shared: "Shared recording · Diarist",
  search: "Search · Diarist",
  settings: "Settings · Diarist",
  missing: "Not found · Diarist",
};

function View() {
  const here = route.value;
  if (here.view === "shared") return <SharedView key={here.token} token={here.token} at={here.at} />;
  const diarist = session.value;
  if (!diarist) return <SignIn />;
  return (
    <>
      <Own here={here} diarist={diarist} />
      <DropTarget diarist={diarist} />
    </>
  );
}

function Own({ here, diarist }: { here: Exclude<Route, { view: "shared" }>; diarist: Diarist }) {
  switch (here.view) {
    case "jobs":
      return <JobsView diarist={diarist} status={here.status} tag={here.tag} />;
    case "job":
      return <TranscriptView key={here.id} diarist={diarist} jobId={here.id} at={here.at} readOnly={false} />;
    case "search":
      return <SearchView diarist={diarist} query={here.query} />;
    case "settings":
      return <SettingsView diarist={diarist} section={here.section} />;
    case "missing":
      return (
        <div class="empty">
          <h1>There is nothing here</h1>
          <p>
            The address may be mistyped. <a href="#/">All recordings</a>
          </p>
        </div>
      );
  }
}
