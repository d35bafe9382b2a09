import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../app/problem.tsx";
import { signIn } from "../app/session.ts";

export function SignIn() {
  const [key, setKey] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);

  async function submit(event: Event) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    await signIn(key.trim()).catch(setError);
    setBusy(false);
  }

  return (
    <div class="sign-in card">
      <h1>Recordings become transcripts</h1>
      <p class="muted">With who said what, and when. Sign in with an API key of this server to begin.</p>
      <form onSubmit={submit}>
        <label for="key">API key</label>
        <input
          ref={input}
          id="key"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          value={key}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      {error !== null && <Problem error={error} />}
      <p class="fine">
        The key stays in this browser. Who runs this server can make you one (
        <a href="/docs/">API documentation</a>); a server started with <code>npm start</code> prints its own.
      </p>
    </div>
  );
}
