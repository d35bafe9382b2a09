import { useState } from "preact/hooks";
import { SCOPES, type Scope } from "../../shared/scope.ts";
import { type Diarist, dataOf, type Schemas } from "../api/diarist.ts";
import { Confirm } from "../app/dialog.tsx";
import { FormDialog } from "../app/form-dialog.tsx";
import { formatMoment } from "../app/format.ts";
import { PagedList } from "../app/paged-list.tsx";
import { Secret } from "../app/secret.tsx";
import { toast, toastProblem } from "../app/toasts.tsx";
import { usePages } from "../app/use-pages.ts";

type Key = Schemas["Key"];

const SCOPE_WORDS: Record<Scope, string> = {
  "jobs:write": "Send and change recordings",
  "jobs:read": "Read recordings and transcripts",
  webhooks: "Webhooks and events",
  keys: "Make and revoke keys",
  usage: "See what was used",
};

export function Keys({ diarist }: { diarist: Diarist }) {
  const keys = usePages(
    (after, signal) =>
      dataOf(diarist.api.GET("/v1/keys", { params: { query: { ...(after && { after }) } }, signal })),
    [diarist],
  );
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const make = async (name: string, scopes: Scope[]) => {
    const { key } = await dataOf(diarist.api.POST("/v1/keys", { body: { name, scopes } }));
    setMaking(false);
    setSecret(key);
    await keys.reload();
  };
  return (
    <section aria-labelledby="keys">
      <header class="section-head">
        <h2 id="keys">API keys</h2>
        <button type="button" class="small" onClick={() => setMaking(true)}>
          Make a key
        </button>
      </header>
      <p class="muted">
        For programs, and for people who sign in here. Give each its own, with no more rights than it needs.
      </p>
      <PagedList pages={keys} empty={<p class="card muted">There is none.</p>}>
        {(items) => (
          <ul class="rows card">
            {items.map((key) => (
              <KeyRow key={key.id} apiKey={key} diarist={diarist} onRevoked={keys.put} />
            ))}
          </ul>
        )}
      </PagedList>
      {isMaking && <KeyDialog onMake={make} onClose={() => setMaking(false)} />}
      {secret !== null && (
        <Secret
          title="The new key"
          text="It is shown only once: keep it now. Anyone who has it can use it."
          secret={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </section>
  );
}

type KeyRowProps = { apiKey: Key; diarist: Diarist; onRevoked: (key: Key) => void };

function KeyRow({ apiKey, diarist, onRevoked }: KeyRowProps) {
  const { id, name, scopes, created_at, expires_at, last_used_at, revoked_at } = apiKey;
  const [isAsking, setAsking] = useState(false);
  const now = new Date();
  const hasExpired = expires_at !== null && new Date(expires_at) <= now;
  const isLive = revoked_at === null && !hasExpired;
  const revoke = async () => {
    await diarist.api.DELETE("/v1/keys/{id}", { params: { path: { id } } });
    onRevoked({ ...apiKey, revoked_at: new Date().toISOString() });
    toast(`${name} is revoked.`);
  };
  return (
    <li class="row">
      <div class="row-main">
        <strong class="row-title">{name}</strong>
        <p class="fine">
          {[
            scopes.length === SCOPES.length ? "all rights" : scopes.join(", "),
            `made ${formatMoment(created_at, now)}`,
            last_used_at ? `used ${formatMoment(last_used_at, now)}` : "never used",
            expires_at && !hasExpired && `until ${formatMoment(expires_at, now)}`,
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
      <span class={`pill ${isLive ? "completed" : ""}`}>
        {revoked_at !== null ? "Revoked" : hasExpired ? "Expired" : "Valid"}
      </span>
      <div class="row-actions">
        {isLive && (
          <button
            type="button"
            class="small quiet"
            aria-label={`Revoke ${name}`}
            onClick={() => setAsking(true)}
          >
            Revoke
          </button>
        )}
      </div>
      {isAsking && (
        <Confirm
          title={`Revoke ${name}?`}
          text="Everything that uses it is refused from now on."
          confirm="Revoke"
          isDanger
          onConfirm={() => void revoke().catch(toastProblem)}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

type KeyDialogProps = { onMake: (name: string, scopes: Scope[]) => Promise<void>; onClose: () => void };

function KeyDialog({ onMake, onClose }: KeyDialogProps) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["jobs:write", "jobs:read"]);
  const toggle = (scope: Scope) =>
    setScopes(scopes.includes(scope) ? scopes.filter((other) => other !== scope) : [...scopes, scope]);
  return (
    <FormDialog
      title="Make a key"
      submit="Make it"
      canSubmit={scopes.length > 0}
      onSubmit={() => onMake(name.trim(), scopes)}
      onClose={onClose}
    >
      <label>
        Who or what is it for?
        <input required value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
      <fieldset>
        <legend>It may</legend>
        {SCOPES.map((scope) => (
          <label key={scope} class="check">
            <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
            {SCOPE_WORDS[scope]} <code>{scope}</code>
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}
