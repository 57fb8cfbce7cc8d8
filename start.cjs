/**
 * Where Pulumi starts the program: loads index.ts and what belongs to it, types stripped and not checked (`make test`
 * checks them). ts-node would take seconds more, at every preview; docs/benchmarks.md has the figures.
 */
const { buildSync, transformSync } = require("esbuild");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

/** Folders that are compiled at once. A file of another one is loaded as well, by itself, which takes longer. */
const FOLDERS = ["components", "monitoring", "stacks", "validation"];

/** Node.js 20 is the oldest that runs the program. */
const OPTIONS = { format: "cjs", platform: "node", target: "node20", sourcemap: "external", logLevel: "silent" };

/** JavaScript and source map of each file, by its path. */
const compiled = new Map();

function compileFolders() {
  const files = FOLDERS.map((folder) => path.join(__dirname, folder))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) =>
      fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => path.join(folder, file)),
    );
  const { outputFiles } = buildSync({
    ...OPTIONS,
    entryPoints: [path.join(__dirname, "index.ts"), ...files],
    outdir: __dirname,
    outbase: __dirname,
    write: false,
  });
  const texts = new Map(outputFiles.map((file) => [file.path, file.text]));
  for (const [file, code] of texts) {
    if (file.endsWith(".js")) compiled.set(file.replace(/\.js$/, ".ts"), { code, map: texts.get(`${file}.map`) });
  }
}

function compile(file) {
  const { code, map } = transformSync(fs.readFileSync(file, "utf8"), { ...OPTIONS, loader: "ts", sourcefile: file });
  compiled.set(file, { code, map });
  return code;
}

compileFolders();
Module._extensions[".ts"] = (module, file) => module._compile(compiled.get(file)?.code ?? compile(file), file);

/**
 * The compiler and npm's resolver of dependencies: most of what loading the SDK takes. It needs them to serialize
 * functions, which this program has none of; they are loaded when something of them is used.
 */
const WHEN_USED = new Set(["typescript", "@npmcli/arborist"]);
const loadModule = Module._load;
Module._load = (request, parent, isMain) => {
  const now = () => loadModule(request, parent, isMain);
  if (!WHEN_USED.has(request)) return now();
  // Compiled code asks every module whether it was one of ES, and takes the properties of the others at once.
  return new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : now()[key]) });
};

// The SDK's runner maps positions in errors and looks for maps in files, even for each file of the SDK; these have none.
Module.createRequire(require.resolve("@pulumi/pulumi/cmd/run"))("source-map-support").install({
  overrideRetrieveSourceMap: true,
  retrieveSourceMap: (file) => (compiled.has(file) ? { url: file, map: compiled.get(file).map } : null),
});

module.exports = require("./index.ts");
