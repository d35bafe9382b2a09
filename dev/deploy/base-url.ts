import { mustRun, type Wrangler } from "./wrangler.ts";

/** The PUBLIC_BASE_URL that a deployed Worker has; undefined when it has none. */
export async function readDeployedBaseUrl(wrangler: Wrangler, name: string): Promise<string | undefined> {
  const status = await mustRun(wrangler, ["deployments", "status", "--name", name, "--json"]);
  const { versions } = JSON.parse(status) as { versions: { version_id: string }[] };
  const id = versions[0]?.version_id;
  if (id === undefined) return undefined;
  const version = await mustRun(wrangler, ["versions", "view", id, "--name", name, "--json"]);
  const { resources } = JSON.parse(version) as {
    resources: { bindings: { name: string; type: string; text?: string }[] };
  };
  return resources.bindings.find((binding) => binding.name === "PUBLIC_BASE_URL")?.text || undefined;
}

/** The address that a deployment prints: on workers.dev, unless the account has none there. */
export function findWorkersDevUrl(printed: string): string | undefined {
  return /https:\/\/[\w.-]+\.workers\.dev/.exec(printed)?.[0];
}

/** An https URL without a trailing slash. @throws Error for anything else */
export function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== "https:" || url.search !== "" || url.hash !== "") {
    throw new Error(
      `PUBLIC_BASE_URL must be an https address such as https://diarist.example.com, not ${text}`,
    );
  }
  return url.href.replace(/\/$/, "");
}
