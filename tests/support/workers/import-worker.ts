/**
 * Runs one attempt at a job in workerd, for what an import needs of it: byte streams, its own fetch, R2's parts.
 * Every host is played by one server on loopback: `https://a.example.com/b` is asked for at `/a.example.com/b`.
 * With `steps` the attempt dies after that many.
 */
import { sweepImports } from "../../../workers/transcribe/import/sweep-imports.ts";
import { runJob } from "../../../workers/transcribe/run-job.ts";
import { crashing, crashingBucket, crashingDatabase, startLife } from "./crash-after.ts";
import { makeDeps } from "./transcribe-deps.ts";

scheduler.wait = async () => undefined; // between two tries at R2

export default {
  async fetch(request, { DB: db, BUCKET: bucket }) {
    const { pathname, searchParams: query } = new URL(request.url);
    if (pathname === "/sweep") {
      await sweepImports({ db, bucket });
      return Response.json(null);
    }
    const stepMs = Number(query.get("stepMs"));
    const life = startLife(Number(query.get("steps") ?? Number.POSITIVE_INFINITY));
    const deps = makeDeps({ db: crashingDatabase(db, life), bucket: crashingBucket(bucket, life) });
    deps.transcribeQueue = crashing(deps.transcribeQueue, life);
    deps.notifyQueue = crashing(deps.notifyQueue, life);
    deps.time = Number(query.get("now"));
    deps.now = () => (deps.time += stepMs);
    deps.fetch = (input, init) => {
      const { host, pathname, search } = new URL(input instanceof Request ? input.url : input);
      return fetch(`${query.get("server")}/${host}${pathname}${search}`, init);
    };
    const threw = await runJob(deps, query.get("job") ?? "").then(
      () => null,
      (error: unknown) => String(error),
    );
    return Response.json({ threw, woken: deps.woken, announced: deps.announced, steps: life.steps });
  },
} satisfies ExportedHandler<{ DB: D1Database; BUCKET: R2Bucket }>;
