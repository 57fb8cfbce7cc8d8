import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as yaml from "yaml";
import { describeApplies } from "../../../settings/appliesTo";
import { CONFIG_NAMESPACE, parseConfig, type RawConfig, schemaTree } from "../../../stacks/config";
import { PAGE, renderPage } from "../../../stacks/documentation";
import { SECRET_SETTINGS } from "../../../stacks/settings";
import { TOKEN } from "../../support/configurations";

const ROOT = path.join(__dirname, "..", "..", "..");

interface Declaration {
  type: string;
  items?: { type: string };
  description?: string;
  default?: unknown;
  secret?: boolean;
}

function read(file: string): Record<string, unknown> {
  return yaml.parse(fs.readFileSync(path.join(ROOT, file), "utf8")) as Record<string, unknown>;
}

/** The settings of a stack's file, without the project's prefix. */
function settings(file: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(read(file)["config"] as RawConfig).map(([key, value]) => {
      assert.ok(key.startsWith(`${CONFIG_NAMESPACE}:`), key);
      return [key.slice(CONFIG_NAMESPACE.length + 1), value];
    }),
  );
}

describe("Pulumi.yaml", () => {
  const project = read("Pulumi.yaml");
  const config = project["config"] as Record<string, unknown>;
  const own = Object.fromEntries(Object.entries(config).filter(([key]) => !key.includes(":"))) as Record<
    string,
    Declaration
  >;

  it("has the name of the configuration namespace", () => {
    assert.equal(project["name"], CONFIG_NAMESPACE);
  });

  it("disables default providers", () => {
    assert.deepEqual(config["pulumi:disable-default-providers"], ["kubernetes", "aws"]);
  });

  it("declares exactly the keys of the schema and the secrets", () => {
    const keys = [...Object.keys(schemaTree.properties ?? {}), ...SECRET_SETTINGS];
    assert.deepEqual(Object.keys(own).sort(), keys.sort());
  });

  for (const [key, node] of Object.entries(schemaTree.properties ?? {})) {
    it(`declares ${key} with the type and default of the schema`, () => {
      const declared = own[key];
      assert.equal(declared?.type, node.type);
      assert.equal(declared?.items?.type, node.items?.type);
      assert.ok((declared?.description ?? "").length > 20);
      // Pulumi requires a key without a default.
      assert.deepEqual(declared?.default, schemaTree.required?.includes(key) ? undefined : node.default);
    });
  }

  it("says in the description of a section where it applies", () => {
    const limited = Object.entries(schemaTree.properties ?? {}).filter(([, { appliesTo }]) => appliesTo !== undefined);
    assert.deepEqual(
      limited.map(([key]) => key),
      ["kubernetes", "openshift", "aws"],
    );
    for (const [key, { appliesTo }] of limited) {
      const where = describeApplies(appliesTo).trim().replaceAll("`", "");
      assert.ok(own[key]?.description?.endsWith(where), `${key}: ${where}`);
    }
  });

  it("names every nested key in the description of its object", () => {
    for (const [key, node] of Object.entries(schemaTree.properties ?? {})) {
      for (const nested of Object.keys(node.properties ?? {})) {
        assert.ok(own[key]?.description?.includes(nested), `${key}.${nested}`);
      }
    }
  });

  it("declares the token as a secret without a default", () => {
    const { description, ...rest } = own["huggingFaceToken"] ?? { type: "" };
    assert.deepEqual(rest, { type: "string", secret: true });
    assert.match(description ?? "", /config set --secret/);
  });

  it("declares the gateway's private key as optional", () => {
    const { description, ...rest } = own["gatewayPrivateKey"] ?? { type: "" };
    assert.deepEqual(rest, { type: "string", default: "" });
    assert.match(description ?? "", /config set --secret/);
  });
});

const STACK_FILES = [
  "Pulumi.local.yaml",
  "Pulumi.dev.yaml",
  "Pulumi.prod.yaml",
  "Pulumi.openshift.yaml",
  "Pulumi.existing.yaml.example",
];

describe("stack files", () => {
  it("allow anonymous viewers of Grafana only in dev", () => {
    const open = STACK_FILES.filter((file) => {
      const monitoring = settings(file)["monitoring"] as { grafana?: { anonymousViewer?: boolean } } | undefined;
      return monitoring?.grafana?.anonymousViewer === true;
    });
    assert.deepEqual(open, ["Pulumi.dev.yaml"]);
  });

  it("include a valid Pulumi.local.yaml, with the kubeconfig that `make local` adds", () => {
    const config = parseConfig(
      { ...settings("Pulumi.local.yaml"), kubernetes: { kubeconfig: "/run/kubeconfig" } },
      TOKEN,
    );
    assert.equal(config.platform, "local");
    assert.equal(config.models.length, 1);
    assert.equal(config.models[0]?.replicas, 3);
    assert.deepEqual(config.istio.values, {
      telemetry: { enabled: false },
      pilot: { env: { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false" } },
    });
  });

  it("include a valid Pulumi.existing.yaml.example", () => {
    const config = parseConfig(settings("Pulumi.existing.yaml.example"), TOKEN);
    assert.equal(config.platform, "existing");
    assert.deepEqual(
      config.models.map((model) => model.id),
      [undefined, "qwen"],
    );
  });

  it("include a valid Pulumi.openshift.yaml, which adopts OpenShift's Gateway API", () => {
    const config = parseConfig(settings("Pulumi.openshift.yaml"), TOKEN);
    assert.equal(config.platform, "openshift");
    assert.deepEqual(config.kubernetes.crds, { gatewayApi: "adopt", inferenceExtension: "install" });
    assert.deepEqual(config.openshift, { route: { termination: "edge", timeoutSeconds: 600 }, scc: "anyuid" });
  });

  it("include a valid Pulumi.dev.yaml: one p4d.24xlarge on demand, in office hours", () => {
    const { platform, aws } = parseConfig(settings("Pulumi.dev.yaml"), TOKEN, { defaultName: "llm-d-dev" });
    assert.equal(platform, "eks");
    assert.equal(aws?.name, "llm-d-dev");
    assert.deepEqual(aws.gpuNodes.capacity, { type: "onDemand" });
    assert.deepEqual([aws.gpuNodes.instanceType, aws.gpuNodes.desiredSize], ["p4d.24xlarge", 1]);
    assert.equal(aws.gpuNodes.schedule?.timeZone, "Europe/Berlin");
  });

  it("include a valid Pulumi.prod.yaml: a private cluster with a reservation", () => {
    const { platform, aws } = parseConfig(settings("Pulumi.prod.yaml"), TOKEN, { defaultName: "llm-d-prod" });
    assert.equal(platform, "eks");
    assert.deepEqual(aws?.cluster.endpoint, { public: false, publicCidrs: [], allowAnywhere: false });
    assert.deepEqual(aws.gpuNodes.capacity, { type: "reservation", id: "cr-0123456789abcdef0" });
    assert.ok(aws.network.zones.includes(aws.gpuNodes.zone ?? ""));
    assert.equal(aws.gpuNodes.schedule, undefined);
  });

  for (const file of STACK_FILES) {
    it(`have no token and no salt in ${file}`, () => {
      assert.doesNotMatch(fs.readFileSync(path.join(ROOT, file), "utf8"), /hf_|secure:|encryptionsalt/);
    });
  }
});

describe("every setting", () => {
  it("has a description and says what to write", () => {
    const walk = (key: string, node: typeof schemaTree): void => {
      if (key !== "") {
        assert.ok(node.description, `${key} has no description`);
        assert.ok(node.expected, `${key} does not say what to write`);
      }
      Object.entries(node.properties ?? {}).forEach(([name, child]) => walk(`${key}.${name}`, child));
      if (node.items !== undefined) {
        walk(`${key}[]`, node.items);
      }
    };
    walk("", schemaTree);
  });

  it("is in docs/configuration.md, which is generated from the current schema", async () => {
    assert.equal(fs.readFileSync(PAGE, "utf8"), await renderPage(), "run: npx ts-node stacks/documentation.ts");
  });
});
