/** Pulumi starts the program here. Loads index.ts and its imports. */
require("./loader.cjs");

module.exports = require("./index.ts");
