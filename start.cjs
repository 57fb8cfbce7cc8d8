// Pulumi starts the program here.
require("./loader.cjs");

module.exports = require("./index.ts");
