import js from "@eslint/js";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", ".local*/"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node, ...globals.mocha } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_+$" }],
      // index.ts exports the program itself (`export =`), which only this form of import can take.
      "@typescript-eslint/no-require-imports": ["error", { allowAsImport: true }],
      eqeqeq: "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.object.name='pulumi'][callee.property.name='Config']",
          message: "Only stacks/config.ts reads configuration; give the component a typed argument.",
        },
        // One factory makes each of these kinds, with the guard that all of them need.
        {
          selector: "NewExpression[callee.object.property.name='v1'][callee.property.name='Namespace']",
          message:
            "Use OwnedNamespace of components/cluster/ownedNamespace.ts, which refuses the namespaces of others.",
        },
        {
          selector: "NewExpression[callee.object.property.name='v1'][callee.property.name='CustomResourceDefinition']",
          message: "Use crdBundle() of components/crds/crdBundle.ts, which refuses the CRDs of others.",
        },
        {
          selector: "NewExpression[callee.name='CustomResourceDefinition']",
          message: "Use crdBundle() of components/crds/crdBundle.ts, whose definitions others can wait for.",
        },
        {
          selector: "NewExpression[callee.object.property.name='v3'][callee.property.name='Release']",
          message: "Use helmRelease() of components/charts/release.ts, which recovers from interrupted runs.",
        },
      ],
    },
  },
  // What Node.js loads before there is anything that could load TypeScript.
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
  // The one reader of configuration, and the one factory of each kind. Examples, benchmarks and tests are other programs.
  {
    files: [
      "stacks/config.ts",
      "components/cluster/ownedNamespace.ts",
      "components/charts/release.ts",
      "components/crds/crdBundle.ts",
      "{examples,benchmarks,tests}/**/*.ts",
    ],
    rules: { "no-restricted-syntax": "off" },
  },
);
