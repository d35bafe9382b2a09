import { signal } from "@preact/signals";

/** The page's title, which is also read out when a view is opened. A view that knows more sets it. */
export const title = signal("Diarist");
