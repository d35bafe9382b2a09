import { once } from "node:events";
import {
  encodeValues,
  type SentStatement,
  type StorageAnswer,
  type StorageTask,
} from "./storage-messages.ts";

export type StorageClient = {
  /** D1 itself, as far as Diarist uses it; `meta` and errors are D1's own. */
  db: D1Database;
  ask(task: StorageTask): Promise<unknown>;
};

/** Speaks to tests/support/workers/storage-worker.ts at this URL. */
export async function connectStorage(url: string): Promise<StorageClient> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (answer: StorageAnswer) => void>();
  let asked = 0;
  socket.addEventListener("message", ({ data }) => {
    const answer = JSON.parse(String(data)) as StorageAnswer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  await once(socket, "open");

  async function ask(task: StorageTask): Promise<unknown> {
    const id = ++asked;
    const { promise, resolve } = Promise.withResolvers<StorageAnswer>();
    waiting.set(id, resolve);
    socket.send(JSON.stringify({ ...task, id }));
    const answer = await promise;
    if ("value" in answer) return answer.value;
    const { message, cause } = answer.error;
    throw new Error(message, cause === undefined ? {} : { cause: new Error(cause) });
  }
  return { db: remoteDatabase(ask), ask };
}

function remoteDatabase(ask: StorageClient["ask"]): D1Database {
  const sent = new WeakMap<object, SentStatement>();
  const statementOf = (statement: SentStatement) => {
    const run = (method: "first" | "all" | "run" | "raw", column?: string) =>
      ask({ do: "statement", statement, method, ...(column ? { column } : {}) });
    const made = {
      bind: (...values: unknown[]) => statementOf({ ...statement, values: encodeValues(values) }),
      first: (column?: string) => run("first", column),
      all: () => run("all"),
      run: () => run("run"),
      raw: () => run("raw"),
    };
    sent.set(made, statement);
    return made;
  };
  const db = {
    prepare: (sql: string) => statementOf({ sql, values: [] }),
    exec: (sql: string) => ask({ do: "exec", sql }),
    batch(list: object[]) {
      const statements = list.map((one) => {
        const statement = sent.get(one);
        if (!statement) throw new TypeError("a batch is of statements of this database");
        return statement;
      });
      return ask({ do: "batch", statements });
    },
  };
  return db as unknown as D1Database; // its answers come from D1 itself, on the other side
}
