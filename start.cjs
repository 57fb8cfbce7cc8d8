/**
 * Where Pulumi starts the program: loads index.ts and what belongs to it, each file compiled by esbuild as it is loaded, types
 * stripped and not checked (`make test` checks them). ts-node takes 1.4 times the CPU time, at every preview:
 * docs/decisions/0007-typescript-is-loaded-by-esbuild.md.
 */
const { transformSync } = require("esbuild");
const fs = require("node:fs");
const { createRequire } = require("node:module");

/** Node.js 20 is the oldest that runs the program. */
const OPTIONS = { loader: "ts", format: "cjs", platform: "node", target: "node20", sourcemap: "inline" };

// The SDK's runner maps positions in errors by this module; told to, it reads the maps of what was compiled in memory.
createRequire(require.resolve("@pulumi/pulumi/cmd/run"))("source-map-support").install({ hookRequire: true });

require.extensions[".ts"] = (module, file) => {
  const { code } = transformSync(fs.readFileSync(file, "utf8"), { ...OPTIONS, sourcefile: file });
  module._compile(code, file);
};

module.exports = require("./index.ts");
