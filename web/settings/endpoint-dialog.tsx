import { useState } from "preact/hooks";
import type { Schemas } from "../api/diarist.ts";
import { FormDialog } from "../app/form-dialog.tsx";

type Fields = Pick<Schemas["Endpoint"], "url" | "description" | "events">;
type EventType = NonNullable<Fields["events"]>[number];

const EVENT_WORDS: Record<EventType, string> = {
  "job.queued": "A recording came in",
  "job.started": "Transcribing began",
  "job.completed": "A transcript is ready",
  "job.failed": "A recording failed",
  "job.canceled": "A recording was canceled",
  "job.deleted": "A recording was deleted",
  "transcript.updated": "A transcript was corrected",
  "endpoint.disabled": "An endpoint was disabled",
};
const EVENTS = Object.keys(EVENT_WORDS) as EventType[]; // the keys of the record above

type EndpointDialogProps = { onAdd: (fields: Fields) => Promise<void>; onClose: () => void };

export function EndpointDialog({ onAdd, onClose }: EndpointDialogProps) {
  const [url, setUrl] = useState("");
  const [description, setDescription] = useState("");
  const [events, setEvents] = useState<EventType[]>(["job.completed", "job.failed"]);
  const toggle = (type: EventType) =>
    setEvents(events.includes(type) ? events.filter((other) => other !== type) : [...events, type]);
  const isAll = events.length === EVENTS.length;
  return (
    <FormDialog
      title="Add an endpoint"
      submit="Add"
      canSubmit={events.length > 0}
      onSubmit={() => onAdd({ url: url.trim(), description, events: isAll ? null : events })}
      onClose={onClose}
    >
      <label>
        Address of your server
        <input
          type="url"
          required
          placeholder="https://app.example.com/hooks/diarist"
          value={url}
          onInput={({ currentTarget }) => setUrl(currentTarget.value)}
        />
      </label>
      <label>
        Note (for yourself)
        <input value={description} onInput={({ currentTarget }) => setDescription(currentTarget.value)} />
      </label>
      <fieldset>
        <legend>Tell it when</legend>
        {EVENTS.map((type) => (
          <label key={type} class="check">
            <input type="checkbox" checked={events.includes(type)} onChange={() => toggle(type)} />
            {EVENT_WORDS[type]} <code>{type}</code>
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}
