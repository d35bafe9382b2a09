import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Schemas } from "../api/diarist.ts";
import { Confirm } from "../app/dialog.tsx";
import { formatMoment } from "../app/format.ts";
import { PagedList } from "../app/paged-list.tsx";
import { Problem } from "../app/problem.tsx";
import { Secret } from "../app/secret.tsx";
import { toast, toastProblem } from "../app/toasts.tsx";
import { usePages } from "../app/use-pages.ts";

type Install = Schemas["SlackInstall"];

export function Slack({ diarist }: { diarist: Diarist }) {
  const installs = usePages(
    (after, signal) =>
      dataOf(
        diarist.api.GET("/v1/slack/installs", { params: { query: { ...(after && { after }) } }, signal }),
      ),
    [diarist],
  );
  const [link, setLink] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const connect = async () => {
    setError(null);
    setLink((await dataOf(diarist.api.POST("/v1/slack/install-links"))).url);
  };
  const close = () => {
    setLink(null);
    void installs.reload();
  };
  return (
    <section aria-labelledby="slack">
      <header class="section-head">
        <h2 id="slack">Slack</h2>
        <button type="button" class="small" onClick={() => void connect().catch(setError)}>
          Add to Slack
        </button>
      </header>
      <p class="muted">Drop a recording in a channel, and the transcript comes in the thread under it.</p>
      {error !== null && <Problem error={error} />}
      <PagedList pages={installs} empty={<p class="card muted">No workspace is connected.</p>}>
        {(items) => (
          <ul class="rows card">
            {items.map((install) => (
              <InstallRow
                key={install.team}
                install={install}
                diarist={diarist}
                onRemove={() => void installs.reload()}
              />
            ))}
          </ul>
        )}
      </PagedList>
      {link !== null && (
        <Secret
          title="Add to Slack"
          text="Open this as an admin of the workspace, or send it to one. It works once, for a day; the workspace's recordings then come in here."
          secret={link}
          href={link}
          onClose={close}
        />
      )}
    </section>
  );
}

type InstallRowProps = { install: Install; diarist: Diarist; onRemove: () => void };

function InstallRow({ install, diarist, onRemove }: InstallRowProps) {
  const { team, team_name, installed_at, missing_scopes } = install;
  const [isAsking, setAsking] = useState(false);
  const disconnect = async () => {
    await diarist.api.DELETE("/v1/slack/installs/{team}", { params: { path: { team } } });
    toast(`${team_name} is disconnected.`);
    onRemove();
  };
  return (
    <li class="row">
      <div class="row-main">
        <strong class="row-title">{team_name}</strong>
        <p class="fine">connected {formatMoment(installed_at, new Date())}</p>
        {missing_scopes.length > 0 && (
          <p class="fine">Without {missing_scopes.join(", ")} not everything works: add it to Slack again.</p>
        )}
      </div>
      <span class={`pill ${missing_scopes.length > 0 ? "failed" : "completed"}`}>
        {missing_scopes.length > 0 ? "Incomplete" : "Connected"}
      </span>
      <div class="row-actions">
        <button
          type="button"
          class="small quiet"
          aria-label={`Disconnect ${team_name}`}
          onClick={() => setAsking(true)}
        >
          Disconnect
        </button>
      </div>
      {isAsking && (
        <Confirm
          title={`Disconnect ${team_name}?`}
          text="Recordings shared there are not transcribed any more. What was transcribed stays."
          confirm="Disconnect"
          isDanger
          onConfirm={() => void disconnect().catch(toastProblem)}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
