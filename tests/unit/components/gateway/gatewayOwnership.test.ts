import * as assert from "node:assert/strict";
import {
  type Claim,
  type LiveGateway,
  lostFields,
  type ManagedFields,
  regainFields,
} from "../../../../components/gateway/gatewayOwnership";

const SPEC = { gatewayClassName: "istio", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] };

/** What the API server said after istiod had written the Gateway's status. */
const OTHERS: readonly ManagedFields[] = [
  {
    manager: "istio.io/gateway-controller",
    operation: "Apply",
    subresource: "status",
    fieldsV1: { "f:metadata": { "f:annotations": { "f:gateway.istio.io/controller-version": {} } } },
  },
  { manager: "pilot-discovery", operation: "Update", subresource: "status", fieldsV1: { "f:status": {} } },
];

function live(own: Readonly<Record<string, unknown>>, manager = "pulumi-kubernetes-1605b127"): LiveGateway {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: {
      name: "gw",
      namespace: "llm-d",
      annotations: { "pulumi.com/waitFor": "condition=Programmed", "gateway.istio.io/controller-version": "5" },
      managedFields: [{ manager, operation: "Apply", fieldsV1: own }, ...OTHERS],
    },
    spec: SPEC,
  };
}

const METADATA = { "f:metadata": { "f:annotations": { "f:pulumi.com/waitFor": {} } } };

describe("who has set the fields of a Gateway", () => {
  it("is the provider again, with what there is and its own annotations alone", () => {
    assert.deepEqual(lostFields(live(METADATA)), {
      fieldManager: "pulumi-kubernetes-1605b127",
      body: {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: {
          name: "gw",
          namespace: "llm-d",
          annotations: { "pulumi.com/waitFor": "condition=Programmed" },
          labels: {},
        },
        spec: SPEC,
      },
    });
  });

  it("is left alone where it is the provider, or where that has set nothing", () => {
    assert.equal(lostFields(live({ ...METADATA, "f:spec": { "f:gatewayClassName": {} } })), undefined);
    assert.equal(lostFields(live(METADATA, "kubectl")), undefined);
  });

  it("is looked up before a change, and a Gateway that is gone is no obstacle", async () => {
    const applied: Claim[] = [];
    const client = (found: LiveGateway | undefined) => ({
      read: () => Promise.resolve(found),
      apply: (claim: Claim) => Promise.resolve(void applied.push(claim)),
    });
    await regainFields(client(undefined), "llm-d", "gw");
    assert.equal(applied.length, 0);
    await regainFields(client(live(METADATA)), "llm-d", "gw");
    assert.deepEqual(applied, [lostFields(live(METADATA))]);
  });
});
