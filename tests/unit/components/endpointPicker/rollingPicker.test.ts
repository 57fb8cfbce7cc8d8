import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { endpointPickerValues } from "../../../../components/endpointPicker/endpointPickerValues";
import { at, endpointPicker } from "../../../support/components";

const POST_RENDERER = path.join(__dirname, "..", "..", "..", "..", "components", "serving", "rollingPicker.cjs");

const SERVICE = `---
# Source: inferencepool/templates/epp-service.yaml
kind: Service
spec:
  ports: [{ port: 9002 }]   # as it was
`;

/** A Deployment as the chart makes it, as far as the post-renderer looks at it. */
function deployment(variables: readonly { readonly name: string; readonly value: string }[]): string {
  return `---
# Source: inferencepool/templates/epp-deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: llm-d-gaie-epp
spec:
  replicas: 1
  strategy:
    # as recommended
    type: Recreate
  template:
    spec:
      terminationGracePeriodSeconds: 130
      containers:
      - name: sidecar
        image: example.com/sidecar:1
      - name: epp
        args: ["--v", "1"]
        env: ${JSON.stringify(variables)}
`;
}

function rendered(seconds: number): unknown {
  const values = endpointPickerValues(endpointPicker());
  const [variable] = at(values, "inferenceExtension", "env") as { name: string; value: string }[];
  assert.ok(variable !== undefined);
  const input = `${SERVICE}${deployment([
    { name: "NAMESPACE", value: "llm-d" },
    { ...variable, value: String(seconds) },
  ])}`;
  const { stdout, stderr, status } = spawnSync(POST_RENDERER, { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.ok(stdout.startsWith(SERVICE), stdout);
  const [, changed] = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
  return changed;
}

describe("the post-renderer of the endpoint picker", () => {
  it("can be executed", () => {
    assert.ok((fs.statSync(POST_RENDERER).mode & 0o111) !== 0);
  });

  it("has the new one ready before the old one goes, which goes on for as long as is set", () => {
    const changed = rendered(60);
    assert.deepEqual(at(changed, "spec", "strategy"), {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    const pod = at(changed, "spec", "template", "spec");
    assert.deepEqual(at(pod, "containers", 1, "lifecycle"), { preStop: { sleep: { seconds: 60 } } });
    assert.equal(at(pod, "terminationGracePeriodSeconds"), 130);
    assert.deepEqual(at(pod, "containers", 0), { name: "sidecar", image: "example.com/sidecar:1" });
    assert.deepEqual(at(pod, "containers", 1, "args"), ["--v", "1"]);
  });

  it("has it ready only once it listens to the gateway", () => {
    const container = at(rendered(60), "spec", "template", "spec", "containers", 1);
    assert.deepEqual(at(container, "startupProbe"), {
      tcpSocket: { port: 9002 },
      periodSeconds: 1,
      failureThreshold: 120,
    });
  });

  it("leaves it the time to finish, where the chart's is too short", () => {
    assert.equal(at(rendered(600), "spec", "template", "spec", "terminationGracePeriodSeconds"), 635);
  });

  it("asks for nothing that clusters before 1.30 do not have, where it is not to wait", () => {
    const pod = at(rendered(0), "spec", "template", "spec");
    assert.ok(!("lifecycle" in (at(pod, "containers", 1) as object)));
    assert.equal(at(rendered(0), "spec", "strategy", "type"), "RollingUpdate");
  });
});
