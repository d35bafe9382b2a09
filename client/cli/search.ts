import type { paths } from "../index.ts";
import { connect } from "./connect.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { readPages } from "./read-pages.ts";
import { showSeconds, showTable } from "./show.ts";

type Filter = Omit<paths["/v1/search"]["get"]["parameters"]["query"], "q" | "after" | "limit">;

/** `diarist search`: where it was said, newest recording first; exit code 1 when nowhere. */
export async function search(
  q: string,
  { filter, limit, json }: { filter: Filter; limit: number; json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  const { api } = await connect(signal);
  const hits = await readPages(limit, (page) =>
    api.GET("/v1/search", { params: { query: { q, ...filter, ...page } }, signal }),
  );
  if (json) for (const hit of hits) console.log(JSON.stringify(hit));
  else if (hits.length > 0) {
    const rows = hits.map((hit) => [
      hit.job_id,
      hit.filename ?? "-",
      showSeconds(Math.floor(hit.start)),
      hit.speaker_name ?? hit.speaker ?? "-",
      hit.snippet.replace(/\s+/g, " "),
    ]);
    console.log(showTable(["JOB", "FILE", "AT", "SPEAKER", "WORDS"], rows));
  } else console.error("Nothing found.");
  return hits.length > 0 ? EXIT.done : EXIT.failed;
}
