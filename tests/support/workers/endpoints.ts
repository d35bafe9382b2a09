import { newId } from "../../../shared/id.ts";
import { seal } from "../../../shared/secrets/seal.ts";
import { insertEndpoint, readAnyEndpoint } from "../../../shared/storage/endpoints.ts";
import type { Endpoint } from "../../../shared/webhooks/endpoint.ts";
import { newSigningPair, newWebhookSecret } from "../../../shared/webhooks/sign-webhook.ts";
import { NOW } from "../stack/jobs.ts";
import { SIGNING_KEY, TENANT } from "../stack/tenant.ts";
import { type Hook, type HookAnswer, type NotifyDeps, verify } from "./notify-deps.ts";

export type TestEndpoint = Endpoint & { secret: string; publicKey: string };

let made = 0;

/** An endpoint of the tests' tenant, at a host of its own. */
export async function addEndpoint(db: D1Database, change: Partial<Endpoint> = {}): Promise<TestEndpoint> {
  const n = ++made;
  const endpoint: Endpoint = {
    id: newId("ep", NOW + n),
    tenantId: TENANT,
    url: `https://host-${n}.example.com/hook`,
    description: "",
    events: null,
    rateLimit: 500,
    ed25519: false,
    enabled: true,
    disabledAt: null,
    disabledReason: null,
    failingSince: null,
    createdAt: NOW,
    ...change,
  };
  const secret = newWebhookSecret(crypto.getRandomValues(new Uint8Array(32)));
  const { privateKey, publicKey } = await newSigningPair(crypto.getRandomValues(new Uint8Array(32)));
  const sealed = await seal(SIGNING_KEY, `${secret} ${privateKey}`);
  await insertEndpoint(db, endpoint, { sealed, publicKey, createdAt: NOW });
  return { ...endpoint, secret, publicKey };
}

export async function endpointNow(db: D1Database, { id }: Pick<Endpoint, "id">): Promise<Endpoint> {
  const endpoint = await readAnyEndpoint(db, id);
  if (!endpoint) throw new Error(`${id} is gone`);
  return endpoint;
}

/** A webhook that an endpoint got, and when. */
type Got = Hook & { at: number };

/** The receivers of these endpoints: each verifies with its own secret, and answers 204 unless it is told otherwise. */
export function receiveAt(
  deps: NotifyDeps,
  endpoints: TestEndpoint[],
  answer: (endpoint: TestEndpoint, init: RequestInit) => HookAnswer | Promise<Response> | undefined = () =>
    undefined,
): (endpoint: TestEndpoint) => Got[] {
  const got = new Map<string, Got[]>(endpoints.map(({ id }) => [id, []]));
  deps.fetch = async (input, init = {}) => {
    const url = String(input instanceof Request ? input.url : input);
    const endpoint = endpoints.find((one) => one.url === url);
    if (!endpoint) throw new Error(`nobody listens at ${url}`);
    const headers = Object.fromEntries(new Headers(init.headers as HeadersInit));
    const hook = { url, headers, body: String(init.body) };
    verify(hook, deps.time, endpoint.secret);
    got.get(endpoint.id)?.push({ ...hook, at: deps.time });
    const answered = answer(endpoint, init as RequestInit) ?? new Response(null, { status: 204 });
    if (answered instanceof Error) throw answered;
    return typeof answered === "function" ? answered() : answered;
  };
  return ({ id }) => got.get(id) ?? [];
}

export function idsOf(got: Got[]): string[] {
  return got.map(({ headers }) => headers["webhook-id"] ?? "");
}
