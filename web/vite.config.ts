import { defineConfig } from "vite";

/** Browsers of 2024 and later: `light-dark()`, nested CSS and modules as they are written. */
const BROWSERS = ["chrome123", "firefox128", "safari17.5"];

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    // Its Node code needs Node (client/upload.ts).
    alias: { "tus-js-client": "tus-js-client/lib.esm/browser/index.js" },
  },
  build: {
    target: BROWSERS,
    assetsDir: "page", // public/_headers lets browsers cache it for ever
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: URLs
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" }, // Mediabunny's licence, the MPL, requires this notice
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8787", "/docs": "http://127.0.0.1:8787" } },
});
