import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { kwokConfiguration } from "../../../local/controlplane/kwok";

describe("local/controlplane/kwok", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-stages-"));
    fs.mkdirSync(path.join(folder, "pod"));
    fs.writeFileSync(
      path.join(folder, "pod", "ready.yaml"),
      "kind: Stage\nmetadata: {name: pod-ready}\nspec:\n  resourceRef: {apiGroup: v1, kind: Pod}\n" +
        "  selector: {matchExpressions: [{key: .status.podIP, operator: DoesNotExist}]}\n",
    );
    fs.writeFileSync(
      path.join(folder, "node.yaml"),
      "kind: Stage\nmetadata: {name: node}\nspec:\n  resourceRef: {apiGroup: v1, kind: Node}\n",
    );
    fs.writeFileSync(path.join(folder, "pod", "kustomization.yaml"), "kind: Kustomization\n");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const stages = (): Record<string, { spec: { selector?: { matchExpressions: unknown[] } } }> =>
    Object.fromEntries(
      parseAllDocuments(kwokConfiguration(folder)).map((document) => {
        const stage = document.toJS() as { metadata: { name: string }; spec: object };
        return [stage.metadata.name, stage];
      }),
    );

  it("lets KWOK simulate only pods that the node agent handed to it, and keeps the conditions of the stage", () => {
    assert.deepEqual(stages()["pod-ready"]?.spec.selector?.matchExpressions, [
      { key: ".status.podIP", operator: "DoesNotExist" },
      { key: '.metadata.annotations["llmd.local/played-by"]', operator: "In", values: ["kwok"] },
    ]);
  });

  it("does not change node stages, and reads only stage files", () => {
    assert.equal(stages().node?.spec.selector, undefined);
    assert.deepEqual(Object.keys(stages()).sort(), ["node", "pod-ready"]);
  });
});
