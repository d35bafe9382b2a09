/** Of the package, the API's document and the client. `npm version` writes it from package.json. */
export const VERSION = "0.1.0";
