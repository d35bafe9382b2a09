import { useEffect, useState } from "preact/hooks";
import { type Diarist, dataOf, type Schemas } from "../api/diarist.ts";
import { formatMoment } from "../app/format.ts";
import { PagedList } from "../app/paged-list.tsx";
import { hrefOfJob } from "../app/router.ts";
import { toastProblem } from "../app/toasts.tsx";
import { usePages } from "../app/use-pages.ts";

type Delivery = Schemas["Delivery"];
type Status = Delivery["status"];

const STATUS_WORDS: Record<Status, string> = {
  pending: "On its way",
  delivered: "Delivered",
  failed: "Failed",
  discarded: "Discarded",
};
const STATUSES = Object.keys(STATUS_WORDS) as Status[]; // the keys of the record above
/** How often the list is reloaded while a delivery is pending. */
const LOOK_EVERY_MS = 2_000;

type DeliveriesProps = {
  diarist: Diarist;
  endpoints: Schemas["Endpoint"][];
  /** Changes when something was sent. */
  sent: number;
};

/** Every webhook that was sent or is pending, with its result. */
export function Deliveries({ diarist, endpoints, sent }: DeliveriesProps) {
  const [endpointId, setEndpointId] = useState("");
  const [status, setStatus] = useState<Status | "">("");
  const pages = usePages(
    (after, signal) => {
      const query = {
        ...(after && { after }),
        ...(endpointId && { endpoint_id: endpointId }),
        ...(status && { status }),
      };
      return dataOf(diarist.api.GET("/v1/webhooks/deliveries", { params: { query }, signal }));
    },
    [diarist, endpointId, status, sent],
  );
  return (
    <section aria-labelledby="deliveries">
      <header class="section-head">
        <h2 id="deliveries">Deliveries</h2>
        <select
          aria-label="Endpoint"
          value={endpointId}
          onChange={({ currentTarget }) => setEndpointId(currentTarget.value)}
        >
          <option value="">All addresses</option>
          {endpoints.map(({ id, url }) => (
            <option key={id} value={id}>
              {url}
            </option>
          ))}
        </select>
        <select
          aria-label="Status"
          value={status}
          onChange={({ currentTarget }) =>
            setStatus(STATUSES.find((name) => name === currentTarget.value) ?? "")
          }
        >
          <option value="">All</option>
          {STATUSES.map((name) => (
            <option key={name} value={name}>
              {STATUS_WORDS[name]}
            </option>
          ))}
        </select>
      </header>
      <PagedList pages={pages} empty={<p class="card muted">Nothing was sent.</p>}>
        {(items) => (
          <ul class="rows card">
            {items.map((delivery) => (
              <DeliveryRow key={delivery.id} delivery={delivery} diarist={diarist} onChange={pages.put} />
            ))}
          </ul>
        )}
      </PagedList>
    </section>
  );
}

type DeliveryRowProps = { delivery: Delivery; diarist: Diarist; onChange: (delivery: Delivery) => void };

function DeliveryRow({ delivery, diarist, onChange }: DeliveryRowProps) {
  const { id, type, url, status, job_id, tries, created_at, next_attempt_at, attempts } = delivery;
  const [isOpen, setOpen] = useState(false);
  const params = { path: { id } };
  const read = async () =>
    onChange(await dataOf(diarist.api.GET("/v1/webhooks/deliveries/{id}", { params })));

  const isComing = status === "pending" && (isOpen || tries === 0);
  useEffect(() => {
    if (!isComing) return;
    const timer = setInterval(() => void read().catch(() => undefined), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isComing]);

  const redeliver = async () => {
    onChange(await dataOf(diarist.api.POST("/v1/webhooks/deliveries/{id}/redeliver", { params })));
  };
  return (
    <li class="row">
      <div class="row-main">
        <strong class="row-title">{type}</strong>
        <p class="fine">
          {[url, formatMoment(created_at, new Date())].join(" · ")}
          {job_id && (
            <>
              {" · "}
              <a href={hrefOfJob(job_id)}>its recording</a>
            </>
          )}
        </p>
      </div>
      <span class={`pill ${status}`}>{STATUS_WORDS[status]}</span>
      <div class="row-actions">
        <button
          type="button"
          class="small quiet"
          aria-expanded={isOpen}
          onClick={() => {
            setOpen(!isOpen);
            if (!isOpen) void read().catch(toastProblem);
          }}
        >
          {tries} {tries === 1 ? "attempt" : "attempts"}
        </button>
        <button type="button" class="small" onClick={() => void redeliver().catch(toastProblem)}>
          Redeliver
        </button>
      </div>
      {isOpen && (
        <ol class="attempts">
          {attempts?.map(({ n, started_at, duration_ms, http_status, error, response }) => (
            <li key={n}>
              <p class="fine">
                {formatMoment(started_at, new Date())} · {http_status ?? error ?? "no answer"} · {duration_ms}{" "}
                ms
              </p>
              {response && <pre>{response}</pre>}
            </li>
          ))}
          {next_attempt_at && <li class="fine">next: {formatMoment(next_attempt_at, new Date())}</li>}
        </ol>
      )}
    </li>
  );
}
