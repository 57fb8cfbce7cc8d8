import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { PROJECT_ROOT, StateFolder } from "../../local/state";
import { pulumiEnvironment } from "../../local/stack";
import { ensureToolchain } from "../../local/toolchain";

interface Schema {
  readonly name: string;
  readonly resources: Readonly<
    Record<
      string,
      {
        readonly isComponent?: boolean;
        readonly description?: string;
        readonly inputProperties: Readonly<Record<string, { readonly type?: string; readonly description?: string }>>;
        readonly requiredInputs?: readonly string[];
        readonly properties: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

describe("the component package, with the CLI", function () {
  this.timeout(900_000);
  let schema: Schema;

  before(async () => {
    const toolchain = await ensureToolchain(["engine"], { quiet: true });
    const state = new StateFolder(fs.mkdtempSync(path.join(os.tmpdir(), "llmd-")));
    fs.mkdirSync(state.path("run", "tmp", String(process.pid)), { recursive: true });
    try {
      const { stdout } = await promisify(execFile)(
        toolchain.bin("pulumi"),
        ["package", "get-schema", path.join(PROJECT_ROOT, "plugin"), "--non-interactive"],
        { env: { ...process.env, ...pulumiEnvironment(state, toolchain) }, maxBuffer: 64 * 1024 * 1024 },
      );
      schema = JSON.parse(stdout) as Schema;
    } finally {
      state.remove();
    }
  });

  const component = (name: string) => {
    const found = schema.resources[`llm-d:index:${name}`];
    assert.ok(found?.isComponent === true, name);
    return found;
  };

  it("has a schema with each component, its inputs and its outputs", () => {
    assert.deepEqual(Object.keys(schema.resources).sort(), ["llm-d:index:GpuNodes", "llm-d:index:ServedModel"]);
    const model = component("ServedModel");
    assert.deepEqual([...(model.requiredInputs ?? [])].sort(), [
      "gatewayName",
      "huggingFaceSecret",
      "model",
      "namespace",
    ]);
    assert.deepEqual(Object.keys(model.properties).sort(), ["poolName", "routeName"]);
    assert.deepEqual(Object.keys(component("GpuNodes").properties), ["nodeGroupName"]);
  });

  it("has a description of every component", () => {
    for (const [name, { description }] of Object.entries(schema.resources)) assert.ok(description, name);
  });

  it("accepts the inputs of the YAML example", () => {
    const file = path.join(PROJECT_ROOT, "examples", "served-model", "Pulumi.yaml");
    const { resources } = parse(fs.readFileSync(file, "utf8")) as {
      resources: Record<string, { type: string; properties: Record<string, unknown> }>;
    };
    for (const { type, properties } of Object.values(resources)) {
      const { inputProperties, requiredInputs = [] } = component(type.split(":").at(-1) ?? "");
      for (const [key, value] of Object.entries(properties)) {
        const wanted = inputProperties[key]?.type;
        assert.ok(wanted !== undefined, `${type} has no ${key}`);
        assert.equal(typeof value, wanted === "integer" ? "number" : wanted, key);
      }
      for (const key of requiredInputs) assert.ok(key in properties, `${type} needs ${key}`);
    }
  });
});
