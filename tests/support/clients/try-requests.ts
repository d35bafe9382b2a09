import fc from "fast-check";
import { bytesOf, record, TALK } from "../audio/recordings.ts";
import type { TestDiarist } from "../stack/diarist.ts";
import { createKey, createTenant, OPERATOR_KEY, operate } from "../stack/tenants.ts";
import { checkResponse } from "./check-response.ts";
import { type GeneratedRequest, ID, RECORDING, requestsTo } from "./generate-requests.ts";
import { type Document, operationsOf } from "./openapi-document.ts";
import { accepted, sendRaw } from "./send-job.ts";

const MADE_AGAIN_EVERY = 100;

type Tried = { requests: number; byStatus: Record<string, number>; operations: number };

/**
 * Sends this number of generated requests to a Diarist, and holds every answer against the document.
 * @throws with the smallest request found whose answer is wrong, and the seed
 */
export async function tryRequests(diarist: TestDiarist, count: number, seed: number): Promise<Tried> {
  const document = (await (await fetch(`${diarist.url}/openapi.json`)).json()) as Document;
  const operations = operationsOf(document);
  const requests = fc.oneof(
    ...[...operations].map(([name, operation]) => requestsTo(name, operation, document)),
  );
  const keys = await makeKeys(diarist);
  const things = new Things();
  const talk = await bytesOf(await record(TALK));

  const tried: Tried = { requests: 0, byStatus: {}, operations: operations.size };
  const property = fc.asyncProperty(requests, async (request) => {
    if (tried.requests % MADE_AGAIN_EVERY === 0)
      await makeOneOfEach(diarist, String(keys.tenant), talk, things);
    const answer = await send(diarist, request, { things, talk, key: keys[request.as] });
    tried.requests++;
    tried.byStatus[answer.status] = (tried.byStatus[answer.status] ?? 0) + 1;
    await things.learn(request, answer);
    const operation = operations.get(request.operation);
    const wrong = operation ? await checkResponse(answer, operation, document) : ["unknown operation"];
    if (wrong.length > 0) throw new Error(`${JSON.stringify(request)}\n${wrong.join("\n")}`);
  });
  await fc.assert(property, { numRuns: count, seed, endOnFailure: true });
  return tried;
}

type Keys = Record<GeneratedRequest["as"], string | null>;

async function makeKeys(diarist: TestDiarist): Promise<Keys> {
  const tenant = await createTenant(diarist, "generated");
  const other = await createTenant(diarist, "other");
  const { key: reader } = await createKey(diarist, { tenant: tenant.id, scopes: ["jobs:read"] });
  return { tenant: tenant.key, other: other.key, reader, operator: OPERATOR_KEY, nobody: null };
}

/** So that there is something of every kind, from the first request on and after some have been deleted. */
async function makeOneOfEach(
  diarist: TestDiarist,
  key: string,
  talk: Uint8Array<ArrayBuffer>,
  things: Things,
): Promise<void> {
  const { id } = await accepted(sendRaw(diarist, talk, { key }));
  await diarist.finished(id, key);
  things.add(`/v1/jobs/${id}`);
  const make = async (path: string, body: unknown, as = key) =>
    (await (await operate(diarist, path, body, as)).json()) as { id: string };
  const endpoint = await make("/v1/webhooks/endpoints", { url: "http://127.0.0.1:9/" });
  things.add(`/v1/webhooks/endpoints/${endpoint.id}`);
  const delivery = await make(`/v1/webhooks/endpoints/${endpoint.id}/test`, {});
  things.add(`/v1/webhooks/deliveries/${delivery.id}`);
  things.add(`/v1/keys/${(await make("/v1/keys", { name: "spare" })).id}`);
  things.add(`/v1/tenants/${(await make("/v1/tenants", { name: "spare" }, OPERATOR_KEY)).id}`);
}

function send(
  diarist: TestDiarist,
  { method, path, headers, body }: GeneratedRequest,
  { things, talk, key }: { things: Things; talk: Uint8Array<ArrayBuffer>; key: string | null },
): Promise<Response> {
  const filled = path.replaceAll(ID, () => things.idFor(path));
  const [before = "", ...after] = (body ?? "").split(RECORDING);
  const bytes = after.reduce<Buffer>(
    (sum, text) => Buffer.concat([sum, talk, Buffer.from(text)]),
    Buffer.from(before),
  );
  const init = { method, headers, body: body === null ? null : new Uint8Array(bytes) };
  return diarist.call(filled, { ...init, redirect: "manual" }, key);
}

/** The ids of what was made on the way, by the path it was made at: the newest few, so that some are in use. */
class Things {
  #ids = new Map<string, string[]>();
  #turn = 0;

  add(location: string): void {
    const slash = location.lastIndexOf("/");
    const ids = this.#ids.get(location.slice(0, slash)) ?? [];
    this.#ids.set(location.slice(0, slash), [...ids.slice(-3), location.slice(slash + 1)]);
  }

  idFor(path: string): string {
    const ids = this.#ids.get(path.slice(0, path.indexOf(`/${ID}`))) ?? [];
    return ids[this.#turn++ % ids.length] ?? "nothing";
  }

  async learn(request: GeneratedRequest, answer: Response): Promise<void> {
    if (request.method !== "POST" || ![201, 202].includes(answer.status) || request.path.includes(ID)) return;
    const [path = ""] = request.path.split("?");
    const location = answer.headers.get("location");
    const made = /json/.test(answer.headers.get("content-type") ?? "") ? await answer.clone().json() : null;
    const id = location?.split("/").at(-1) ?? (made as { id?: string } | null)?.id;
    if (id) this.add(`${path}/${id}`);
  }
}
