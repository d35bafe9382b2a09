import { PROBLEM_CODES } from "../../../workers/ingest/http/problem.ts";
import { type Document, type Operation, problemsOf } from "./openapi-document.ts";

/**
 * What an answer has wrong, as sentences: an error of ours, a status or type that is not documented, a problem without
 * a documented code, a body that does not match its schema. Streams are not read.
 */
export async function checkResponse(
  answer: Response,
  operation: Operation,
  document: Document,
): Promise<string[]> {
  const { status } = answer;
  const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
  if (status >= 500 && status !== 503) return [`${status}: ${await answer.text()}`];
  const documented = operation.responses[status];
  if (!documented) return [`${status} is not documented: ${await answer.text()}`];
  if (!/json$/.test(type)) {
    await answer.body?.cancel();
    return status >= 400 ? [`${status} comes as ${type}`] : [];
  }
  const body = (await answer.json()) as { code?: string };
  if (type === "application/problem+json" && !(PROBLEM_CODES as string[]).includes(String(body.code))) {
    return [`${body.code} is not documented`];
  }
  const schema = documented.content?.[type]?.schema;
  return schema ? problemsOf(body, schema, document) : [`${status} is not documented as ${type}`];
}
