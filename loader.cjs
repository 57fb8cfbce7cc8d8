/**
 * Makes Node.js load TypeScript: `node -r ./loader.cjs FILE`. esbuild compiles each file when it is loaded and does not check types
 * (`make test` checks them). ts-node takes 1.5 times the CPU time: docs/decisions/0007-typescript-is-loaded-by-esbuild.md.
 */
const { transformSync } = require("esbuild");
const { install, wrapCallSite } = require("source-map-support");
const fs = require("node:fs");

/** Node.js 20 is the oldest supported version. */
const OPTIONS = { loader: "ts", format: "cjs", platform: "node", target: "node20", sourcemap: "external" };

/** The source maps of compiled files, by path. */
const maps = new Map();

// The SDK's runner maps positions in errors with the same module, which must know the files compiled in memory.
install({
  overrideRetrieveSourceMap: true,
  retrieveSourceMap: (file) => (maps.has(file) ? { url: file, map: maps.get(file) } : null),
});

// Map only positions in these files. The SDK's own source maps contain invalid paths (node_modules/@pulumi/resource.ts). On such
// a path, util.inspect of Node.js 20 runs for 14 seconds until it is out of memory, and the SDK calls it for every error. The SDK
// also takes a stack of each promise. It shows these stacks only with this variable, and mapping them takes a tenth of all time.
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
