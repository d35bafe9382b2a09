import { signal } from "@preact/signals";

/** What stands in the title bar and is read out when a view is opened; a view that knows better sets it. */
export const title = signal("Diarist");
