import { ApiError, UnreachableError } from "../api/diarist.ts";

type Advice = { message: string; action: string | null; requestId: string | null };

/** How an error is shown: what happened, what to do, and what to quote when asking for help. */
export function adviceOf(error: unknown): Advice {
  if (error instanceof ApiError) {
    const { message, code, requestId, errors } = error;
    // A proxy in front of the API sends no problem+json.
    const action = code === `http_${error.status}` ? "Try again in a moment." : error.action;
    const fields = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
    return { message: fields || message, action, requestId };
  }
  if (error instanceof UnreachableError) {
    const action = "Check your connection; nothing that was accepted is lost.";
    return { message: "The server cannot be reached.", action, requestId: null };
  }
  const message = error instanceof Error && error.message ? error.message : "Something went wrong.";
  return { message, action: null, requestId: null };
}

/** An error in its place on the page, with a button to try again if there is one. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { message, action, requestId } = adviceOf(error);
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{message}</strong> {action}
      </p>
      {requestId && <p class="fine">Request {requestId}</p>}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
