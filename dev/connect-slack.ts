import type { UserActions } from "./slack/user-actions.ts";

/** Installs the app in a workspace of the stand-in, as an admin with a tenant's link does. */
export async function connectSlack(
  base: string,
  apiKey: string,
  { authorize }: { authorize: (...args: Parameters<UserActions["authorize"]>) => Promise<URL> },
  team?: string,
): Promise<void> {
  const made = await fetch(`${base}/v1/slack/install-links`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
  });
  if (!made.ok) throw new Error(`No link to install with: ${await made.text()}`);
  const { url } = (await made.json()) as { url: string }; // our own API's documented shape
  const opened = await fetch(url, { redirect: "manual" });
  const page = opened.headers.get("location");
  if (page === null) throw new Error(`The link leads nowhere: ${await opened.text()}`);
  const done = await fetch(await authorize(page, team === undefined ? {} : { team }));
  if (!done.ok) throw new Error(`Not installed: ${await done.text()}`);
}
