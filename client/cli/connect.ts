import { createDiarist, type Diarist } from "../index.ts";
import { UsageError } from "./exit.ts";

/**
 * The Diarist that the environment names. One request is sent first, without retries: a wrong address or key is
 * reported at once, not after 30 s of retrying.
 */
export async function connect(signal: AbortSignal): Promise<Diarist> {
  await connectUnchecked().api.GET("/v1/jobs", { params: { query: { limit: 1 } }, signal });
  return createDiarist(readConnection());
}

/** For the operator's key, which cannot read jobs. */
export function connectUnchecked(): Diarist {
  const connection = readConnection();
  try {
    return createDiarist({ ...connection, attempts: 1 });
  } catch (error) {
    throw error instanceof TypeError
      ? new UsageError(`${error.message} (DIARIST_URL, DIARIST_API_KEY)`)
      : error;
  }
}

export function readConnection(): { url: string; apiKey: string } {
  return {
    url: read("DIARIST_URL", "http://127.0.0.1:8787"),
    apiKey: read("DIARIST_API_KEY", "dev-api-key"),
  };
}

function read(name: string, underNpmStart: string): string {
  const value = process.env[name]?.trim();
  if (value) return value;
  throw new UsageError(`${name} is not set. With npm start on this machine: export ${name}=${underNpmStart}`);
}
