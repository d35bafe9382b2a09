/**
 * Gives a test in Node the database and the bucket of the runtime beside it, over one WebSocket. Miniflare's own proxy
 * asks over HTTP for each `prepare` and each `bind`: 5 times the CPU of a statement, 20 times that of a batch of 40.
 */
import { decodeValues, type StorageAnswer, type StorageRequest } from "../stack/storage-messages.ts";

type Env = { DB: D1Database; BUCKET: R2Bucket };

export default {
  fetch(_request, env) {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    server.addEventListener("message", async ({ data }) => {
      const request = JSON.parse(String(data)) as StorageRequest;
      server.send(JSON.stringify(await answer(request, env)));
    });
    return new Response(null, { status: 101, webSocket: client });
  },
} satisfies ExportedHandler<Env>;

async function answer(request: StorageRequest, env: Env): Promise<StorageAnswer> {
  try {
    return { id: request.id, value: (await perform(request, env)) ?? null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
    return { id: request.id, error: { message: error.message, ...cause } };
  }
}

function perform(request: StorageRequest, { DB: db, BUCKET: bucket }: Env): Promise<unknown> {
  switch (request.do) {
    case "exec":
      return db.exec(request.sql);
    case "batch":
      return db.batch(request.statements.map((statement) => prepare(db, statement)));
    case "statement": {
      const statement = prepare(db, request.statement);
      if (request.method === "first")
        return request.column ? statement.first(request.column) : statement.first();
      return statement[request.method]();
    }
    case "keys":
      return listKeys(bucket);
    case "empty":
      return listKeys(bucket).then((keys) => (keys.length > 0 ? bucket.delete(keys) : undefined));
  }
}

function prepare(db: D1Database, { sql, values }: { sql: string; values: unknown[] }): D1PreparedStatement {
  const statement = db.prepare(sql);
  return values.length > 0 ? statement.bind(...decodeValues(values)) : statement;
}

async function listKeys(bucket: R2Bucket): Promise<string[]> {
  const { objects } = await bucket.list();
  return objects.map(({ key }) => key);
}
