import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { encodeUserData, MAX_PODS, nodeUserData } from "../../../../../../stacks/platforms/eks/resources/nodeTemplate";

describe("user data of GPU nodes", () => {
  it("is MIME with a part for nodeadm: p4d.24xlarge", () => {
    assert.equal(
      nodeUserData({ instanceStore: true, maxPods: 737 }),
      `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="llm-d-node-config"

--llm-d-node-config
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0
  kubelet:
    config:
      maxPods: 250

--llm-d-node-config--
`,
    );
  });

  it("is MIME with a part for nodeadm: an instance type without NVMe disks and with few addresses", () => {
    assert.equal(
      nodeUserData({ instanceStore: false, maxPods: 58 }),
      `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="llm-d-node-config"

--llm-d-node-config
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      maxPods: 58

--llm-d-node-config--
`,
    );
  });

  it("allows as many pods as the network has addresses for, and at most as many as EKS recommends", () => {
    for (const maxPods of [4, 110, 250, 737]) {
      const [, yaml = ""] = nodeUserData({ instanceStore: true, maxPods }).split("---\n");
      const config = parse(yaml.split("\n--")[0] ?? "") as { spec: { kubelet: { config: { maxPods: number } } } };
      assert.equal(config.spec.kubelet.config.maxPods, Math.min(maxPods, MAX_PODS));
    }
  });

  it("is base64 in a launch template", () => {
    assert.equal(Buffer.from(encodeUserData("MIME-Version: 1.0\n"), "base64").toString("utf8"), "MIME-Version: 1.0\n");
  });
});
