import { toast } from "./toasts.tsx";

/**
 * Copies a text of the page to the clipboard.
 * @param done the message shown then
 */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text); // missing on pages served over plain HTTP
    toast(done);
  } catch {
    toast("The browser did not let us copy. Select it and copy it.", "problem");
  }
}
