import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading } from "./loading.tsx";
import { Problem } from "./problem.tsx";

/** A component whose code is loaded when it is first shown. */
export function lazy<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  let Loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, redraw] = useState(0);
    const [error, setError] = useState<unknown>(null);
    useEffect(() => {
      if (Loaded) return;
      load().then(
        (module) => {
          Loaded = module.default;
          redraw((n) => n + 1);
        },
        () => setError(new Error("This part of the page could not be loaded; there may be a newer version.")),
      );
    }, []);
    if (error) return <Problem error={error} onRetry={() => location.reload()} />;
    return Loaded ? <Loaded {...props} /> : <Loading />;
  };
}
