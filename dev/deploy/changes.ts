import { readUpstreamConcurrency } from "../../shared/settings.ts";
import { TRANSCRIBE_QUEUE } from "./config.ts";
import { type Project, WORKERS, type Worker } from "./project.ts";
import type { Resources } from "./resources.ts";
import type { SecretPlan } from "./secrets.ts";
import type { Settings } from "./settings.ts";

type Next = {
  found: Resources;
  migrations: string[];
  before: Settings;
  settings: Settings;
  secrets: SecretPlan;
  /** The Workers that the account lacks. */
  newWorkers: Worker[];
};

/** Everything that a deployment will change beside the code, a line each. */
export function listChanges(project: Project, next: Next): string[] {
  const { found, migrations, before, settings, secrets, newWorkers } = next;
  const lacking = (names: string[], has: string[]) => names.filter((name) => !has.includes(name));
  return [
    ...lacking(project.buckets, found.buckets).map((name) => `R2 bucket ${name}: create`),
    ...(found.databaseId === null ? [`D1 database ${project.database}: create`] : []),
    ...lacking(project.queues, found.queues).map((name) => `queue ${name}: create`),
    ...migrations.map((name) => `D1 database ${project.database}: apply migration ${name}`),
    ...newWorkers.map((worker) => `Worker ${project.names[worker]}: create`),
    ...listSecrets(project, secrets),
    ...listSettings(project, before, settings),
    ...(settings.ingest["PUBLIC_BASE_URL"]
      ? []
      : [`setting PUBLIC_BASE_URL: (not set) -> what ${project.names.ingest} gets on workers.dev`]),
    ...listConcurrency(before, settings, newWorkers),
  ];
}

function listSecrets(project: Project, { missing, made }: SecretPlan): string[] {
  const names = new Set(WORKERS.flatMap((worker) => Object.keys(missing[worker])));
  return [...names].map((name) => {
    const workers = WORKERS.filter((worker) => name in missing[worker]).map(
      (worker) => project.names[worker],
    );
    return `secret ${name}: ${name in made ? "make and set" : "set"} (${workers.join(", ")})`;
  });
}

/** The same change in several Workers is one line. */
function listSettings(project: Project, before: Settings, settings: Settings): string[] {
  const workersOf = new Map<string, string[]>();
  for (const worker of WORKERS) {
    for (const [name, value] of Object.entries(settings[worker])) {
      const old = before[worker][name] ?? "";
      if (old === value) continue;
      const change = `setting ${name}: ${show(old)} -> ${show(value)}`;
      workersOf.set(change, [...(workersOf.get(change) ?? []), project.names[worker]]);
    }
  }
  return [...workersOf].map(([change, workers]) => `${change} (${workers.join(", ")})`);
}

function listConcurrency(before: Settings, settings: Settings, newWorkers: Worker[]): string[] {
  const old = readUpstreamConcurrency(before.transcribe["UPSTREAM_CONCURRENCY"]);
  const value = readUpstreamConcurrency(settings.transcribe["UPSTREAM_CONCURRENCY"]);
  if (old === value || newWorkers.includes("transcribe")) return [];
  return [`queue ${TRANSCRIBE_QUEUE}: max_concurrency ${old} -> ${value}`];
}

function show(value: string): string {
  return value === "" ? "(not set)" : value;
}
