import { toast } from "./toasts.tsx";

/** Puts a text that is on the page onto the clipboard. @param done is told then. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text); // there is none on pages that came over plain HTTP
    toast(done);
  } catch {
    toast("The browser did not let us copy. Select it and copy it.", "problem");
  }
}
