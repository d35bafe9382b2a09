import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Schemas } from "../api/diarist.ts";
import { Confirm } from "../app/dialog.tsx";
import { toast, toastProblem } from "../app/toasts.tsx";

type Endpoint = Schemas["Endpoint"];

type EndpointRowProps = {
  endpoint: Endpoint;
  diarist: Diarist;
  onChange: (endpoint: Endpoint) => void;
  onRemove: () => void;
  /** Called when a webhook has been sent. */
  onSent: () => void;
  onSecret: (secret: string) => void;
};

const REASON_WORDS: Record<NonNullable<Endpoint["disabled_reason"]>, string> = {
  by_you: "switched off",
  gone: "switched off: it answered that it is gone (410)",
  failing: "switched off: it failed for five days",
};

export function EndpointRow({ endpoint, diarist, onChange, onRemove, onSent, onSecret }: EndpointRowProps) {
  const { id, url, description, events, enabled, disabled_reason, failing_since } = endpoint;
  const [asks, setAsks] = useState<"remove" | "rotate" | null>(null);
  const { api } = diarist;
  const params = { path: { id } };

  const test = async () => {
    await dataOf(api.POST("/v1/webhooks/endpoints/{id}/test", { params }));
    onSent();
    toast("A test is on its way; its result appears below.");
  };
  const toggle = async () => {
    const body = { enabled: !enabled };
    const { missed, ...changed } = await dataOf(api.PATCH("/v1/webhooks/endpoints/{id}", { params, body }));
    onChange(changed);
    if (!missed?.events) return;
    await api.POST("/v1/webhooks/endpoints/{id}/replay", { params, body: missed.replay.body });
    onSent();
    toast(`The ${missed.events} events that it missed are sent now.`);
  };
  const remove = async () => {
    await api.DELETE("/v1/webhooks/endpoints/{id}", { params });
    onRemove();
  };
  const rotate = async () => {
    onSecret((await dataOf(api.POST("/v1/webhooks/endpoints/{id}/rotate-secret", { params }))).secret);
  };

  return (
    <li class="row">
      <div class="row-main">
        <strong class="row-title">{url}</strong>
        <p class="fine">
          {[
            description,
            enabled ? (events?.join(", ") ?? "all events") : disabled_reason && REASON_WORDS[disabled_reason],
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
      <span class={`pill ${enabled ? (failing_since ? "failed" : "completed") : ""}`}>
        {enabled ? (failing_since ? "Failing" : "On") : "Off"}
      </span>
      <div class="row-actions">
        {enabled && (
          <button
            type="button"
            class="small"
            aria-label={`Send a test to ${url}`}
            onClick={() => void test().catch(toastProblem)}
          >
            Test
          </button>
        )}
        <button type="button" class="small quiet" onClick={() => void toggle().catch(toastProblem)}>
          {enabled ? "Switch off" : "Switch on"}
        </button>
        <button type="button" class="small quiet" onClick={() => setAsks("rotate")}>
          New secret
        </button>
        <button
          type="button"
          class="small quiet"
          aria-label={`Delete ${url}`}
          onClick={() => setAsks("remove")}
        >
          Delete
        </button>
      </div>
      {asks === "remove" && (
        <Confirm
          title="Delete this endpoint?"
          text={`${url} receives nothing more, and its pending webhooks are discarded.`}
          confirm="Delete"
          isDanger
          onConfirm={() => void remove().catch(toastProblem)}
          onClose={() => setAsks(null)}
        />
      )}
      {asks === "rotate" && (
        <Confirm
          title="Make a new secret?"
          text="The old one stays valid for a day, so that your server can change over."
          confirm="Make one"
          onConfirm={() => void rotate().catch(toastProblem)}
          onClose={() => setAsks(null)}
        />
      )}
    </li>
  );
}
