import { cors } from "hono/cors";

/**
 * The page may be of another host than the files (MEDIA_BASE_URL). A link is its own key, and no browser sends one by
 * itself.
 */
export const allowPages = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD"],
  exposeHeaders: ["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
});
