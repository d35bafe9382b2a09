import { useEffect, useRef } from "preact/hooks";
import { followModels } from "./local-models.ts";

/** Follows the models of this machine from when they are first of interest to the end of what uses it. */
export function useLocalModels(isWanted: boolean, onReady: () => void): void {
  const latest = useRef(onReady);
  latest.current = onReady;
  const wasWanted = useRef(false);
  wasWanted.current ||= isWanted;
  const isFollowed = wasWanted.current;
  useEffect(() => (isFollowed ? followModels(() => latest.current()) : undefined), [isFollowed]);
}
