import worker from "../../workers/notify/index.ts";
import { countOperations } from "./count-operations.ts";

export default countOperations<Cloudflare.NotifyEnv>("notify", worker);
