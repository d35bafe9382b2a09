import { useEffect, useState } from "preact/hooks";
import { type Diarist, dataOf, type paths, type Schemas } from "../api/diarist.ts";
import { formatBytes } from "../app/format.ts";
import { Loading } from "../app/loading.tsx";
import { Problem } from "../app/problem.tsx";
import { DAYS, type Day, firstDay, sumByDay } from "./usage-days.ts";

type UsageReport = paths["/v1/usage"]["get"]["responses"]["200"]["content"]["application/json"];
type Quota = UsageReport["quotas"][number];

const PAGE = 100;

export function Usage({ diarist }: { diarist: Diarist }) {
  const [found, setFound] = useState<{ days: Day[]; quotas: Quota[] } | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    readUsage(diarist, new Date()).then(setFound, setError);
  }, [diarist]);
  if (error !== null) return <Problem error={error} />;
  if (!found) return <Loading />;
  const { days, quotas } = found;
  const minutes = days.reduce((sum, day) => sum + day.minutes, 0);
  const jobs = days.reduce((sum, day) => sum + day.jobs, 0);
  const costs = days.flatMap(({ cost }) => cost ?? []);
  return (
    <>
      <section aria-labelledby="usage">
        <h2 id="usage">The last {DAYS} days</h2>
        <dl class="figures">
          <Figure name="Audio" value={`${formatNumber(minutes)} min`} />
          <Figure name="Recordings" value={formatNumber(jobs)} />
          {costs.length > 0 && (
            <Figure
              name="Cost of the speech API"
              value={formatNumber(
                costs.reduce((sum, cost) => sum + cost, 0),
                2,
              )}
            />
          )}
        </dl>
        <Chart days={days} />
        <details class="chart-table">
          <summary>As a table</summary>
          <table>
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                <th scope="col">Recordings</th>
                <th scope="col">Minutes</th>
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map(({ day, jobs, minutes }) => (
                <tr key={day}>
                  <td>{day}</td>
                  <td>{jobs}</td>
                  <td>{formatNumber(minutes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      </section>
      {quotas.length > 0 && (
        <section aria-labelledby="limits">
          <h2 id="limits">Limits</h2>
          <ul class="rows card">
            {quotas.map((quota) => (
              <QuotaRow key={quota.name} quota={quota} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div class="figure card">
      <dt class="fine">{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Minutes of audio by day; the table below has the same figures. */
function Chart({ days }: { days: Day[] }) {
  const top = Math.max(1, ...days.map(({ minutes }) => minutes));
  return (
    <figure class="chart card">
      <figcaption class="fine">Minutes of audio a day; the highest bar is {formatNumber(top)}</figcaption>
      <div class="bars" role="img" aria-label="Minutes of audio by day">
        {days.map(({ day, minutes }) => (
          <span
            key={day}
            class={minutes > 0 ? "bar" : "bar none"}
            style={{ height: `${(minutes / top) * 100}%` }}
            title={`${showDay(day)}: ${formatNumber(minutes)} min`}
          />
        ))}
      </div>
      <p class="fine chart-days">
        <span>{showDay(days[0]?.day)}</span>
        <span>{showDay(days[days.length >> 1]?.day)}</span>
        <span>{showDay(days.at(-1)?.day)}</span>
      </p>
    </figure>
  );
}

function showDay(day: string | undefined): string {
  if (!day) return "";
  return new Date(day).toLocaleDateString([], { day: "numeric", month: "short", timeZone: "UTC" });
}

const QUOTA_WORDS: Record<Quota["name"], string> = {
  minutes_per_month: "Minutes of audio this month",
  jobs_at_once: "Recordings under way",
  bytes_stored: "Stored",
};

function QuotaRow({ quota: { name, used, max } }: { quota: Quota }) {
  const show = name === "bytes_stored" ? formatBytes : formatNumber;
  return (
    <li class="row">
      <div class="row-main">
        <strong>{QUOTA_WORDS[name]}</strong>
        <progress aria-label={QUOTA_WORDS[name]} max={max} value={Math.min(used, max)} />
      </div>
      <span class="fine">
        {show(used)} of {show(max)}
      </span>
    </li>
  );
}

async function readUsage(diarist: Diarist, now: Date): Promise<{ days: Day[]; quotas: Quota[] }> {
  const from = firstDay(now);
  const rows: Schemas["Usage"][] = [];
  for (let after: string | null = null; ; ) {
    const query = { from, limit: PAGE, ...(after && { after }) };
    const page: UsageReport = await dataOf(diarist.api.GET("/v1/usage", { params: { query } }));
    rows.push(...page.data);
    after = page.next;
    if (after === null) return { days: sumByDay(rows, now), quotas: page.quotas };
  }
}

function formatNumber(value: number, digits = value < 10 ? 1 : 0): string {
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
