import { createRequire } from "node:module";
import { describePlatform } from "../../../dev/engine/describe-platform.ts";

/** Whether sherpa-onnx has a binary for this machine. Says so where it has none, because tests then skip. */
export const hasEngine = findBinary();

function findBinary(): boolean {
  const platform = describePlatform();
  const name = `sherpa-onnx-${platform.replace("win32", "win")}`;
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    console.warn(`There is no local engine for ${platform}: its tests skip.`);
    return false;
  }
}
