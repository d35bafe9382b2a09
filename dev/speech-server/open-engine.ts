/** The engine with the models that lie on this machine, if there are any and they load here. */

import { createEngine, type Engine } from "../engine/engine.ts";
import { EngineUnusableError } from "../engine/engine-errors.ts";
import { ModelError } from "../models/check-model.ts";
import { modelsFolder, presentModels } from "../models/present-models.ts";

export type OpenedEngine = { engine: Engine; problem: null } | { engine: null; problem: string };

const HOW_TO_GET_MODELS = "npm run models -- get small";

type Options = {
  /** The folder's name, or what its model is called; left out: the first there is. */
  wanted?: string | undefined;
  environment: NodeJS.Dict<string>;
  longestAnswerSeconds?: number;
  onLog?: (line: string) => void;
};

/** Loads the networks once, so that what cannot be used is said now. `problem` says what to do. */
export async function openEngine({ wanted, environment, ...options }: Options): Promise<OpenedEngine> {
  const root = modelsFolder(environment);
  const present = await presentModels(root);
  const named = present.filter(({ name }) => !wanted || name === wanted);
  const found = named.find(({ problem }) => problem === null) ?? named[0];
  if (!found) {
    const what = wanted ? `There is no model "${wanted}" in ${root}` : `There are no models in ${root}`;
    return { engine: null, problem: `${what}: ${HOW_TO_GET_MODELS}` };
  }
  if (found.problem) return { engine: null, problem: found.problem };
  try {
    const engine = await createEngine({ folder: found.folder, ...options });
    await engine.start();
    return { engine, problem: null };
  } catch (error) {
    if (error instanceof EngineUnusableError || error instanceof ModelError) {
      return { engine: null, problem: error.message };
    }
    throw error;
  }
}
