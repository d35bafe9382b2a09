import { formatBytes, formatSpan } from "../app/format.ts";
import { Problem } from "../app/problem.tsx";
import type { StoredTake } from "./recorder.ts";
import { type ActiveUpload, forget, unfinished, uploads } from "./uploads.ts";

type UploadRowsProps = {
  takes: StoredTake[];
  onSendTake: (take: StoredTake) => void;
  onRemoveTake: (take: StoredTake) => void;
  onChooseAgain: () => void;
};

/** Uploads in progress, and earlier ones that can be resumed. */
export function UploadRows({ takes, onSendTake, onRemoveTake, onChooseAgain }: UploadRowsProps) {
  if (uploads.value.length + unfinished.value.length + takes.length === 0) return null;
  return (
    <ul class="uploads" aria-label="On the way">
      {uploads.value.map((upload) => (
        <UploadRow key={upload.id} upload={upload} />
      ))}
      {unfinished.value.map((upload) => (
        <li key={upload.name} class="upload-row">
          <div class="upload-head">
            <strong class="upload-name">{upload.name}</strong>
            <button type="button" class="small" onClick={onChooseAgain}>
              Choose it again to go on
            </button>
            <button type="button" class="small quiet" onClick={() => void forget(upload)}>
              Forget it
            </button>
          </div>
          <p class="fine">
            Interrupted with {formatBytes(upload.sent)} of {formatBytes(upload.bytes)} sent; those need not be
            sent again.
          </p>
        </li>
      ))}
      {takes.map((stored) => (
        <li key={stored.file.name} class="upload-row">
          <div class="upload-head">
            <strong class="upload-name">{stored.file.name}</strong>
            <button type="button" class="small" onClick={() => onSendTake(stored)}>
              Send
            </button>
            <button type="button" class="small quiet" onClick={() => onRemoveTake(stored)}>
              Delete
            </button>
          </div>
          <p class="fine">Recorded in this browser, {formatBytes(stored.file.size)}; not sent yet.</p>
        </li>
      ))}
    </ul>
  );
}

function UploadRow({ upload }: { upload: ActiveUpload }) {
  const { name, bytes, sent, stage, error, retry, cancel } = upload;
  return (
    <li class="upload-row">
      <div class="upload-head">
        <strong class="upload-name">{name}</strong>
        {stage === "failed" && (
          <button type="button" class="small" onClick={retry}>
            Try again
          </button>
        )}
        <button type="button" class="small quiet" aria-label={`Cancel ${name}`} onClick={cancel}>
          Cancel
        </button>
      </div>
      <progress aria-label={`${name}: sent`} max={bytes} value={sent} />
      {stage === "failed" ? <Problem error={error} /> : <p class="fine">{describeUpload(upload)}</p>}
    </li>
  );
}

function describeUpload({ bytes, sent, stage, bytesPerSecond }: ActiveUpload): string {
  const amount = `${formatBytes(sent)} of ${formatBytes(bytes)}`;
  if (stage === "waiting") return `${formatBytes(bytes)}, waits for its turn`;
  if (stage === "interrupted") return `${amount} · the connection broke, trying again`;
  if (sent >= bytes) return `${amount} · being stored`;
  if (bytesPerSecond === null) return amount;
  return `${amount} · ${formatBytes(bytesPerSecond)}/s · ${formatSpan((bytes - sent) / bytesPerSecond)} left`;
}
