import { listFailures } from "../../shared/failure.ts";
import { listProblems } from "../../workers/ingest/http/problem.ts";

/** The page that an error's `type` points to: every code the API knows, from the tables that the code itself uses. */
export function renderErrorPage(): string {
  const problems = listProblems().map(({ code, status, title, action }) => [
    code,
    String(status),
    title,
    action,
  ]);
  const failures = listFailures().map(({ code, action, retryable }) => [
    code,
    retryable ? "yes" : "no",
    action,
  ]);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Diarist: errors</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/docs/page.css" />
  </head>
  <body>
    <h1>Errors</h1>
    <h2>A request was refused</h2>
    ${renderTable(["code", "status", "what", "what to do"], problems)}
    <h2>A job failed</h2>
    <p>In the job's <code>error</code> and in the <code>job.failed</code> webhook.</p>
    ${renderTable(["code", "can a retry help", "what to do"], failures)}
  </body>
</html>
`;
}

function renderTable(head: string[], rows: string[][]): string {
  const headRow = head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join("");
  const body = rows.map(([code = "", ...cells]) => {
    const rest = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("");
    return `<tr id="${escapeHtml(code)}"><td><code>${escapeHtml(code)}</code></td>${rest}</tr>`;
  });
  return `<table><thead><tr>${headRow}</tr></thead><tbody>${body.join("\n")}</tbody></table>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
