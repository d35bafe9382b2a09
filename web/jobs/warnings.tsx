import type { Job } from "../api/diarist.ts";

type Warning = NonNullable<Job["result"]>["warnings"][number];

/** Whether there was no speech API to hear its words, but only a stand-in that found where somebody speaks. */
export function isUnheard({ result }: Job): boolean {
  return result !== null && result.words === 0 && result.warnings.some(({ code }) => code === "stand_in");
}

/** What is to be known of a transcript that is there. */
export function Warnings({ warnings }: { warnings: Warning[] }) {
  return (
    <>
      {warnings.map(({ code, message, action }) => (
        <p key={code} class="warning">
          {message} {action}
        </p>
      ))}
    </>
  );
}
