import { useEffect, useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { copyText } from "../app/copy-text.ts";
import { Dialog } from "../app/dialog.tsx";
import { Problem } from "../app/problem.tsx";
import { toast } from "../app/toasts.tsx";
import { ShareIcon } from "./icons.tsx";

const DAY = 24 * 60 * 60;
const SPANS = [
  { seconds: 60 * 60, text: "for an hour" },
  { seconds: DAY, text: "for a day" },
  { seconds: 7 * DAY, text: "for a week" },
  { seconds: 30 * DAY, text: "for 30 days" },
];

type Of = { diarist: Diarist; job: Job };

export function ShareButton({ diarist, job }: Of) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        <ShareIcon /> Share
      </button>
      {isOpen && <ShareDialog diarist={diarist} job={job} onClose={() => setOpen(false)} />}
    </>
  );
}

function ShareDialog({ diarist, job, onClose }: Of & { onClose: () => void }) {
  const [seconds, setSeconds] = useState(7 * DAY);
  const [link, setLink] = useState<{ url: string; expires_at: string | null } | null>(null);
  const [open, setOpen] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const params = { path: { id: job.id } };

  useEffect(() => {
    dataOf(diarist.api.GET("/v1/jobs/{id}/share", { params })).then(
      ({ data }) => setOpen(data.length),
      setError,
    );
  }, [diarist, job.id, link]);

  async function attempt(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setError(null);
    await work().catch(setError);
    setBusy(false);
  }
  const share = () =>
    attempt(async () => {
      setLink(
        await dataOf(diarist.api.POST("/v1/jobs/{id}/share", { params, body: { expires_in: seconds } })),
      );
    });
  const endAll = () =>
    attempt(async () => {
      await diarist.api.DELETE("/v1/jobs/{id}/share", { params });
      setLink(null);
      setOpen(0);
      toast("No link opens this recording any more.");
    });

  return (
    <Dialog title="Share a link" onClose={onClose}>
      <p>Anyone with the link can read and hear this recording, but change nothing.</p>
      <label class="field">
        <span>It works</span>
        <select
          value={String(seconds)}
          onChange={({ currentTarget }) => {
            setSeconds(Number(currentTarget.value));
            setLink(null);
          }}
        >
          {SPANS.map(({ seconds: each, text }) => (
            <option key={each} value={String(each)}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {link && (
        <>
          <label class="field">
            <span>Link</span>
            <input readOnly value={link.url} onFocus={({ currentTarget }) => currentTarget.select()} />
          </label>
          {link.expires_at && (
            <p class="fine">Until {new Date(link.expires_at).toLocaleString()}. It is shown this once.</p>
          )}
        </>
      )}
      {error !== null && <Problem error={error} />}
      <footer>
        {open > 0 && (
          <button type="button" class="danger" disabled={isBusy} onClick={() => void endAll()}>
            End {open === 1 ? "the link that is open" : `all ${open} links`}
          </button>
        )}
        {link ? (
          <button
            type="button"
            class="primary"
            onClick={() => void copyText(link.url, "The link is on the clipboard.")}
          >
            Copy the link
          </button>
        ) : (
          <button type="button" class="primary" disabled={isBusy} onClick={() => void share()}>
            Make a link
          </button>
        )}
      </footer>
    </Dialog>
  );
}
