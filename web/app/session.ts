import { computed, signal } from "@preact/signals";
import { connect, type Diarist, dataOf } from "../api/diarist.ts";
import { toast } from "./toasts.tsx";

/** The API key is kept in this browser and is sent only to the server of this page. */
const STORED = "diarist.key";

const key = signal(localStorage.getItem(STORED));
addEventListener("storage", (event) => {
  if (event.key === STORED) key.value = event.newValue;
});

/** The API with the key of the user who is signed in; null: nobody is. */
export const session = computed<Diarist | null>(() => {
  const apiKey = key.value;
  return apiKey === null ? null : connect(apiKey, () => expire(apiKey));
});

/** @throws ApiError when the server does not accept the key */
export async function signIn(apiKey: string): Promise<void> {
  await dataOf(connect(apiKey).api.GET("/v1/jobs", { params: { query: { limit: 1 } } }));
  localStorage.setItem(STORED, apiKey);
  key.value = apiKey;
}

export function signOut(): void {
  localStorage.removeItem(STORED);
  key.value = null;
}

/** Another key may have been used to sign in since this one was refused. */
function expire(apiKey: string): void {
  if (key.value !== apiKey) return;
  signOut();
  toast("Your API key is not valid any more. Sign in with another one.", "problem");
}
