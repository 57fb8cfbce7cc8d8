import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, MANIFESTS_DIR, MODULES_DIR } from "../../../local/toolchain/paths";
import { toolInputs, toolKey, type ToolInputs } from "../../../local/toolchain/plan";
import {
  buildFlags,
  executableName,
  GO_MODULES,
  GO_TOOLS,
  type GoModuleName,
  TOOL_NAMES,
  toolsOf,
} from "../../../local/toolchain/tools";
import { LANES } from "../../../stacks/versions";

function goMod(module: GoModuleName): string {
  return fs.readFileSync(path.join(MODULES_DIR, module, "go.mod"), "utf8");
}

/** The packages in a go.mod's `tool` directives, of one line or in a block. */
function toolDirectives(text: string): string[] {
  const blocks = [...text.matchAll(/^tool \(\n([^)]*)\)/gm)].flatMap(([, body = ""]) => body.split("\n"));
  const lines = [...text.matchAll(/^tool ([^(\s]+)$/gm)].map(([, name = ""]) => name);
  return [...blocks, ...lines].map((line) => line.trim()).filter((line) => line !== "");
}

const modules = Object.keys(GO_MODULES) as GoModuleName[];

describe("the list of programs", () => {
  it("has a folder with go.mod and go.sum for each module, and no other folder", () => {
    // No program is built from the manifests module.
    assert.deepEqual(fs.readdirSync(MODULES_DIR).sort(), [...modules, path.basename(MANIFESTS_DIR)].sort());
    for (const module of modules) {
      assert.match(goMod(module), new RegExp(`^module ${GO_MODULES[module].path.replaceAll(".", "\\.")}$`, "m"));
      assert.ok(fs.existsSync(path.join(MODULES_DIR, module, "go.sum")), module);
    }
  });

  for (const module of modules) {
    it(`builds exactly the tools that the go.mod of ${module} names, and its own program`, () => {
      const foreign = toolsOf(module).filter((tool) => tool.package !== GO_MODULES[module].path);
      assert.deepEqual(foreign.map((tool) => tool.package).sort(), toolDirectives(goMod(module)).sort());
    });
  }

  it("names each program once, and go build writes each to another file", () => {
    assert.equal(new Set(TOOL_NAMES).size, TOOL_NAMES.length);
    for (const module of modules) {
      const names = toolsOf(module).map((tool) => executableName(tool.package));
      assert.equal(new Set(names).size, names.length, module);
    }
    assert.deepEqual(["go.etcd.io/etcd/server/v3", "k8s.io/kubernetes/cmd/kubectl", "a/v1"].map(executableName), [
      "server",
      "kubectl",
      "v1",
    ]);
  });

  it("sets in each program the version that its go.mod pins", () => {
    const { variables } = GO_MODULES.cluster;
    const cluster = goMod("cluster");
    assert.ok(cluster.includes(`k8s.io/kubernetes ${variables["k8s.io/component-base/version.gitVersion"]}\n`));
    assert.ok(cluster.includes(`sigs.k8s.io/kwok ${variables["sigs.k8s.io/kwok/pkg/consts.Version"]}\n`));
    const [pulumi] = Object.values(GO_MODULES.serving.variables);
    assert.ok(goMod("serving").includes(`github.com/pulumi/pulumi/pkg/v3 v${pulumi}\n`));
    const [provider] = Object.values(GO_MODULES.provider.variables);
    assert.ok(goMod("provider").includes(`github.com/pulumi/pulumi-kubernetes/sdk/v4 v${provider} // indirect\n`));
    const [keda] = Object.values(GO_MODULES.autoscaling.variables);
    assert.ok(goMod("autoscaling").includes(`github.com/kedacore/keda/v2 v${keda} // indirect\n`));
    assert.equal(LANES["istio-1.27"].charts.keda.version, keda);
    const monitoring = goMod("monitoring");
    const told = Object.entries(GO_MODULES.monitoring.programVariables ?? {}).map(
      ([program, variables]) => [program, Object.values(variables)[0] ?? ""] as const,
    );
    assert.deepEqual(
      told.map(([program]) => program).sort(),
      toolsOf("monitoring")
        .map((tool) => tool.package)
        .sort(),
    );
    for (const [program, version] of told) {
      const pin = /^\t(\S+) (v\S+) \/\/ indirect$/gm;
      const [, , pinned = ""] =
        [...monitoring.matchAll(pin)].filter(([, module = ""]) => `${program}/`.startsWith(`${module}/`))[0] ?? [];
      // Prometheus 3.8.1 is its Go module's v0.308.1: two digits for the minor version after the major one.
      const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(version) ?? [];
      const expected = program.includes("prometheus/prometheus/")
        ? `v0.${major}${minor?.padStart(2, "0")}.${patch}`
        : `v${major}.${minor}.${patch}`;
      assert.equal(pinned, expected, program);
    }
  });

  it("pins the same versions as the charts and CRDs that are staged", () => {
    const lane = LANES["istio-1.27"];
    assert.equal(GO_MODULES.cluster.variables["istio.io/istio/pkg/version.buildVersion"], lane.istio);
    assert.ok(goMod("cluster").includes(`sigs.k8s.io/gateway-api ${lane.gatewayApi}\n`));
    assert.ok(
      goMod("serving").includes(`sigs.k8s.io/gateway-api-inference-extension ${lane.inferenceExtension}\n`),
      lane.inferenceExtension,
    );
  });
});

describe("the Kubernetes provider", () => {
  /** The versions in a go.mod by module. */
  const versions = (module: GoModuleName) =>
    new Map(
      [...goMod(module).matchAll(/^(?:require |\t)(\S+) (v\S+)/gm)].map(([, name = "", version = ""]) => [
        name,
        version,
      ]),
    );

  it("is built from the same modules as the CLI, so that their packages are compiled once", () => {
    const [provider, serving] = [versions("provider"), versions("serving")];
    const common = [...provider.keys()].filter((name) => serving.has(name));
    assert.ok(common.length > 150);
    const different = common.filter((name) => provider.get(name) !== serving.get(name));
    // The provider needs a later one.
    assert.deepEqual(different, ["github.com/antlr4-go/antlr/v4"]);
  });
});

describe("the cache key of a program", () => {
  const inputs: ToolInputs = {
    go: { GOVERSION: "go1.25.0", GOARCH: "amd64" },
    package: "example.org/cmd/a",
    flags: ["-trimpath"],
    sources: { "go.mod": "module m", "go.sum": "" },
    patches: [],
  };

  it("does not depend on the order of the inputs", () => {
    const reordered: ToolInputs = {
      ...inputs,
      go: { GOARCH: "amd64", GOVERSION: "go1.25.0" },
      sources: { "go.sum": "", "go.mod": "module m" },
    };
    assert.equal(toolKey(inputs), toolKey(reordered));
    assert.match(toolKey(inputs), /^[0-9a-f]{16}$/);
  });

  const changes: [string, Partial<ToolInputs>][] = [
    ["Go's version", { go: { ...inputs.go, GOVERSION: "go1.25.1" } }],
    ["the platform", { go: { ...inputs.go, GOARCH: "arm64" } }],
    ["the package", { package: "example.org/cmd/b" }],
    ["a build flag", { flags: ["-trimpath", "-tags=x"] }],
    ["go.mod", { sources: { ...inputs.sources, "go.mod": "module m\n\ngo 1.25.0" } }],
    ["go.sum", { sources: { ...inputs.sources, "go.sum": "x v1.0.0 h1:" } }],
    ["a patch", { patches: [{ module: "m", file: "f.go", why: "w", edits: [] }] }],
    ["another source file", { sources: { ...inputs.sources, "main.go": "package main" } }],
  ];
  for (const [what, change] of changes) {
    it(`changes when this changes: ${what}`, () => assert.notEqual(toolKey({ ...inputs, ...change }), toolKey(inputs)));
  }

  it("depends on the module's pins, code and flags, but not on its tests", () => {
    const [sandbox] = toolsOf("sandbox");
    assert.ok(sandbox);
    const { sources, flags } = toolInputs(sandbox, MODULES_DIR, {});
    assert.ok("go.mod" in sources && "go.sum" in sources && "main.go" in sources);
    assert.deepEqual(
      Object.keys(sources).filter((name) => name.endsWith("_test.go")),
      [],
    );
    assert.deepEqual(flags, ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", "-ldflags=-s -w"]);
    assert.ok(buildFlags(GO_MODULES.cluster).includes("-tags=vtprotobuf,disable_pgv"));
    const own = "-ldflags=k8s.io/kube-state-metrics/v2=-s -w -X github.com/prometheus/common/version.Version=v2.15.0";
    assert.ok(buildFlags(GO_MODULES.monitoring).includes(own));
    assert.equal(GO_TOOLS.length + 1, TOOL_NAMES.length);
  });
});

describe("the cache folder", () => {
  const cases: [NodeJS.ProcessEnv, RegExp][] = [
    [{ LLMD_CACHE: "/somewhere/else", XDG_CACHE_HOME: "/xdg" }, /^\/somewhere\/else$/],
    [{ XDG_CACHE_HOME: "/xdg" }, /^\/xdg\/llm-d-environment$/],
    [{ XDG_CACHE_HOME: "relative" }, /\/\.cache\/llm-d-environment$/],
    [{}, /\/\.cache\/llm-d-environment$/],
  ];
  for (const [env, expected] of cases) {
    it(`is chosen by the environment ${JSON.stringify(env)}`, () => assert.match(cacheDir(env), expected));
  }
});
