/**
 * Runs one attempt at a job in workerd, for what an import needs of it: byte streams, its own fetch, DigestStream.
 * Every host is played by one server on loopback: `https://a.example.com/b` is asked for at `/a.example.com/b`.
 */
import { runJob } from "../../workers/transcribe/run-job.ts";
import { makeWorld } from "./transcribe-world.ts";

export default {
  async fetch(request, { DB: db, BUCKET: bucket }) {
    const query = new URL(request.url).searchParams;
    const stepMs = Number(query.get("stepMs"));
    const world = makeWorld({ db, bucket });
    world.time = Number(query.get("now"));
    world.now = () => (world.time += stepMs);
    world.fetch = (input, init) => {
      const { host, pathname, search } = new URL(input instanceof Request ? input.url : input);
      return fetch(`${query.get("server")}/${host}${pathname}${search}`, init);
    };
    const threw = await runJob(world, query.get("job") ?? "").then(
      () => null,
      (error: unknown) => String(error),
    );
    return Response.json({ threw, woken: world.woken, announced: world.announced });
  },
} satisfies ExportedHandler<{ DB: D1Database; BUCKET: R2Bucket }>;
