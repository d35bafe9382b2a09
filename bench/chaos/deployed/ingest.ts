import worker from "../../../workers/ingest/index.ts";
import { exposed } from "./exposed.ts";

export default exposed<Cloudflare.IngestEnv>(worker);
