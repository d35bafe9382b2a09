import { useEffect, useId, useRef, useState } from "preact/hooks";
import { formatBytes, formatLanguage } from "../app/format.ts";
import { Problem } from "../app/problem.tsx";
import {
  cancelModel,
  getModel,
  type LocalModel,
  localModels,
  modelsError,
  underWay,
} from "./local-models.ts";

/** Where the server can get models for itself: which, how large, under which licence, and how far it is. */
export function GetModels() {
  const [chosen, setChosen] = useState<string | null>(null);
  const name = useId();
  const area = useRef<HTMLDivElement>(null);
  const here = localModels.value;
  const running = underWay.value;
  const isRunning = running !== null;
  const wasRunning = useRef(isRunning);
  useEffect(() => {
    // The button that had the focus is gone.
    const isLost = wasRunning.current !== isRunning && document.activeElement === document.body;
    if (isLost) area.current?.focus();
    wasRunning.current = isRunning;
  }, [isRunning]);
  const model = here?.models.find((one) => one.name === chosen) ?? here?.models[0];
  if (!here || !model) return null;
  const { download } = here;
  const problem = modelsError.value ?? (download?.message ? new Error(download.message) : null);
  return (
    <div class="get-models" ref={area} tabIndex={-1}>
      {running ? (
        <Progress {...running} />
      ) : (
        <>
          {problem !== null && <Problem error={problem} />}
          {here.models.length > 1 && (
            <fieldset>
              <legend class="fine">Speech models for this machine</legend>
              {here.models.map((one) => (
                <label key={one.name} class="check">
                  <input
                    type="radio"
                    name={name}
                    checked={one === model}
                    onChange={() => setChosen(one.name)}
                  />
                  {languagesOf(one)}, {formatBytes(one.bytes)}
                </label>
              ))}
            </fieldset>
          )}
          <button type="button" class="primary" onClick={() => void getModel(model.name)}>
            Get speech models ({formatBytes(model.bytes)})
          </button>
          <p class="fine">
            {languagesOf(model)}. What is said is heard on this machine, and sent to nobody.{" "}
            {model.attribution ?? [model.title, model.licence].filter(Boolean).join(", ")}.
          </p>
        </>
      )}
    </div>
  );
}

type ProgressProps = { status: string; received: number; total: number };

function Progress({ status, received, total }: ProgressProps) {
  const isComing = status === "running";
  return (
    <>
      <p role="status">
        {isComing ? "Getting the speech models…" : "They are here. The server starts again with them…"}
      </p>
      <progress aria-label="Speech models" max={total} {...(isComing ? { value: received } : {})} />
      <p class="fine">
        {isComing
          ? `${formatBytes(received)} of ${formatBytes(total)}`
          : "It goes on by itself; what was sent is kept."}
      </p>
      {isComing && (
        <button type="button" onClick={() => void cancelModel()}>
          Cancel
        </button>
      )}
    </>
  );
}

function languagesOf({ languages }: LocalModel): string {
  const [only = "", ...others] = languages;
  return others.length > 0 ? `${languages.length} languages` : (formatLanguage(only) ?? only);
}
