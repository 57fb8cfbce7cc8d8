/**
 * Makes Node.js load TypeScript: `node -r ./loader.cjs FILE`. esbuild compiles each file when it is first loaded, and does not check
 * types (`make test` checks them). ts-node takes 1.5 times the CPU time: docs/decisions/0007-typescript-is-loaded-by-esbuild.md.
 */
const { install, wrapCallSite } = require("source-map-support");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

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

/** Compiled files of earlier runs. Compiling takes a sixth of a preview's program, and a test run starts hundreds of programs. */
const CACHE = path.join(__dirname, "node_modules", ".cache", "llmd-loader");

// Node.js 22 and later keep compiled JavaScript too. The SDK is loaded before this file: only NODE_COMPILE_CACHE reaches it.
require("node:module").enableCompileCache?.(path.join(CACHE, "v8"));

const sha256 = (text) => crypto.createHash("sha256").update(text).digest("hex");

/** Another version of esbuild or of its options compiles again. */
const COMPILER = JSON.stringify([require("esbuild/package.json").version, OPTIONS]);

/** The file's code and source map, from the cache when its content is the same. */
function compile(file) {
  const source = fs.readFileSync(file, "utf8");
  const cached = path.join(CACHE, `${sha256(file)}.json`);
  const key = sha256(`${COMPILER}${source}`);
  try {
    const found = JSON.parse(fs.readFileSync(cached, "utf8"));
    if (found.key === key) return found;
  } catch {
    // There is none yet.
  }
  const { code, map } = require("esbuild").transformSync(source, { ...OPTIONS, sourcefile: file });
  try {
    fs.mkdirSync(CACHE, { recursive: true });
    // Another process may write the same file, and a reader must never find half of it.
    fs.writeFileSync(`${cached}.${process.pid}`, JSON.stringify({ key, code, map }));
    fs.renameSync(`${cached}.${process.pid}`, cached);
  } catch {
    // In a read-only checkout, each run compiles.
  }
  return { code, map };
}

require.extensions[".ts"] = (module, file) => {
  const { code, map } = compile(file);
  maps.set(file, map);
  module._compile(code, file);
};
