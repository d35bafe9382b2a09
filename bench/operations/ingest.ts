import worker from "../../workers/ingest/index.ts";
import { countOperations } from "./count-operations.ts";

export default countOperations<Cloudflare.IngestEnv>("ingest", worker);
