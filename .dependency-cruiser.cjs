/**
 * The way of data is down, never back up:
 *
 *     index -> stacks -> components, monitoring, validation -> settings
 *     operations -> stacks;  local -> operations, stacks;  nothing imports local or tests
 *
 * Types count too: who needs a type of another part cannot be moved without it.
 */

/** A rule that no file below `from` imports a file below `to`. */
const never = (name, from, to, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: to },
});

/** What the program consists of. */
const PROGRAM = "^(settings|components|monitoring|validation|stacks)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circle-of-files",
      comment: "Files of a circle can be understood only together.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-circle-of-folders",
      comment: "Folders of a circle can be moved only together.",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true },
    },
    never(
      "settings-know-no-capability",
      "^settings/",
      "^(components|monitoring|validation|stacks|operations|local|benchmarks|policy|plugin|tests)/",
      "settings/ is the engine only.",
    ),
    never("components-stay-below", "^components/", "^(monitoring|validation|stacks|operations|local|policy|plugin)/"),
    never("monitoring-stays-below", "^monitoring/", "^(validation|stacks|operations|local|policy|plugin)/"),
    never("validation-stays-below", "^validation/", "^(monitoring|stacks|operations|local|policy|plugin)/"),
    never("stacks-stay-below", "^stacks/", "^(operations|local|policy|plugin)/"),
    never(
      "operations-know-no-embedded-environment",
      "^operations/",
      "^local/",
      "`make rotate STACK=prod` must not load it.",
    ),
    never("nothing-imports-tests", "^(?!tests/)", "^tests/"),
    never(
      "only-benchmarks-and-tests-import-local",
      "^(?!local/|benchmarks/|tests/)",
      "^local/",
      "The program does not know it.",
    ),
    never("nothing-imports-benchmarks", "^(?!benchmarks/|tests/)", "^benchmarks/"),
    never(
      "the-program-loads-no-aws-sdk",
      `${PROGRAM}(?!platforms/eks/(preflight|leftovers|operations))`,
      "node_modules/@aws-sdk/",
      "Only operations load it, by a dynamic import.",
    ),
    {
      name: "commands-need-no-development-dependency",
      comment:
        "`npm ci --omit=dev` has to be enough for the program and for every command of the Makefile but the tests'.",
      severity: "error",
      from: { path: "^(?!tests/|benchmarks/|[^/]+\\.(m|c)js$)", pathNot: "^stacks/documentation\\.ts$" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "node_modules/@types/" },
    },
    {
      name: "nothing-undeclared",
      comment: "A package that only happens to be installed is gone with the next update of its user.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(node_modules|\\.local)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".cjs", ".js", ".json"] },
  },
};
