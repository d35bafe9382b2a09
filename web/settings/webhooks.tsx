import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Schemas } from "../api/diarist.ts";
import { PagedList } from "../app/paged-list.tsx";
import { Secret } from "../app/secret.tsx";
import { usePages } from "../app/use-pages.ts";
import { Deliveries } from "./deliveries.tsx";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { EndpointRow } from "./endpoint-row.tsx";

export function Webhooks({ diarist }: { diarist: Diarist }) {
  const endpoints = usePages(
    (_, signal) => dataOf(diarist.api.GET("/v1/webhooks/endpoints", { signal })),
    [diarist],
  );
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  /** Counts what was sent from here, so that the deliveries are reloaded. */
  const [sent, setSent] = useState(0);

  const add = async (fields: Pick<Schemas["Endpoint"], "url" | "description" | "events">) => {
    const { events, ...rest } = fields;
    const body = { ...rest, ...(events && { events }) };
    const made = await dataOf(diarist.api.POST("/v1/webhooks/endpoints", { body }));
    setAdding(false);
    setSecret(made.secret);
    await endpoints.reload();
  };

  return (
    <>
      <section aria-labelledby="endpoints">
        <header class="section-head">
          <h2 id="endpoints">Endpoints</h2>
          <button type="button" class="small" onClick={() => setAdding(true)}>
            Add an endpoint
          </button>
        </header>
        <p class="muted">
          Your server receives a webhook when a transcript is ready. Every webhook is signed; what fails is
          tried again for a day.
        </p>
        <PagedList pages={endpoints} empty={<p class="card muted">There is none yet.</p>}>
          {(items) => (
            <ul class="rows card">
              {items.map((endpoint) => (
                <EndpointRow
                  key={endpoint.id}
                  endpoint={endpoint}
                  diarist={diarist}
                  onChange={endpoints.put}
                  onRemove={() => void endpoints.reload()}
                  onSent={() => setSent(sent + 1)}
                  onSecret={setSecret}
                />
              ))}
            </ul>
          )}
        </PagedList>
      </section>
      <Deliveries diarist={diarist} endpoints={endpoints.items ?? []} sent={sent} />
      {isAdding && <EndpointDialog onAdd={(fields) => add(fields)} onClose={() => setAdding(false)} />}
      {secret !== null && (
        <Secret
          title="The endpoint's secret"
          text="Your server verifies with it that a webhook is ours. It is shown only once: keep it now."
          secret={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </>
  );
}
