import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";
import ingest from "../../../workers/ingest/index.ts";
import { SIGNING_KEY } from "../stack/tenant.ts";

const BASE_URL = "https://diarist.example.com";

/**
 * Asks ingest, in this process, with the key of the seeded tenant. It has queues that take all, and these bindings and
 * settings; what it leaves to `waitUntil` is done when the response is here.
 */
export async function askIngest(bindings: object, path: string, init: RequestInit = {}): Promise<Response> {
  const behind: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => void behind.push(work) };
  const queue = { send: async () => undefined, sendBatch: async () => undefined };
  const env = {
    SIGNING_KEY,
    OPERATOR_KEY: "operator",
    PUBLIC_BASE_URL: BASE_URL,
    TRANSCRIBE_QUEUE: queue,
    NOTIFY_QUEUE: queue,
    ...bindings,
  };
  const headers = { authorization: `Bearer ${DEV_API_KEY}`, ...init.headers };
  const response = await ingest.fetch(
    new Request(BASE_URL + path, { ...init, headers }),
    env as unknown as Cloudflare.IngestEnv, // what the routes asked use of it
    ctx as unknown as ExecutionContext,
  );
  await Promise.all(behind);
  return response;
}
