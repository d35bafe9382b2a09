/** The address that a deployment prints: on workers.dev, unless the account has none there. */
export function findWorkersDevUrl(printed: string): string | undefined {
  return /https:\/\/[\w.-]+\.workers\.dev/.exec(printed)?.[0];
}

/** An https URL without a trailing slash. @throws Error for anything else */
export function checkBaseUrl(setting: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== "https:" || url.search !== "" || url.hash !== "") {
    throw new Error(`${setting} must be an https address such as https://diarist.example.com, not ${text}`);
  }
  return url.href.replace(/\/$/, "");
}
