/**
 * Where Pulumi starts the program: loads index.ts and what belongs to it, each file compiled by esbuild as it is loaded, types
 * stripped and not checked (`make test` checks them). ts-node takes 1.5 times the CPU time, at every preview:
 * docs/decisions/0007-typescript-is-loaded-by-esbuild.md.
 */
const { transformSync } = require("esbuild");
const { install, wrapCallSite } = require("source-map-support");
const fs = require("node:fs");

/** Node.js 20 is the oldest that runs the program. */
const OPTIONS = { loader: "ts", format: "cjs", platform: "node", target: "node20", sourcemap: "external" };

/** The source map of each file that was compiled, by its path. */
const maps = new Map();

// The SDK's runner maps positions in errors by the same module. It has to know the files that are compiled in memory.
install({
  overrideRetrieveSourceMap: true,
  retrieveSourceMap: (file) => (maps.has(file) ? { url: file, map: maps.get(file) } : null),
});

// Only positions in these files are mapped. The SDK's maps turn its own into paths that are none
// (node_modules/@pulumi/resource.ts), and on one of those util.inspect of Node.js 20, which the SDK calls for every error, runs
// for 14 seconds until it is out of memory. And of the stack that the SDK takes of each promise, a tenth of all time when it is
// mapped, nothing is ever shown without this variable.
const promiseStacks = Boolean(process.env.PULUMI_DEBUG_PROMISE_LEAKS);
Error.prepareStackTrace = (error, frames) => {
  if (!promiseStacks && frames[0]?.getFunctionName() === "debuggablePromise") return "";
  const lines = frames.map((frame) => `\n    at ${maps.has(frame.getFileName()) ? wrapCallSite(frame) : frame}`);
  return `${error.name || "Error"}: ${error.message || ""}${lines.join("")}`;
};

require.extensions[".ts"] = (module, file) => {
  const { code, map } = transformSync(fs.readFileSync(file, "utf8"), { ...OPTIONS, sourcefile: file });
  maps.set(file, map);
  module._compile(code, file);
};

module.exports = require("./index.ts");
