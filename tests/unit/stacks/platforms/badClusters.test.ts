import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../../stacks/config";
import { lines, parse, problemsOf } from "../../../support/configurations";

const KUBERNETES = { kubeconfig: "/etc/cluster/kubeconfig", context: "cluster" };
const OPENSHIFT: RawConfig = { platform: "openshift" };

/** Changes of a valid configuration, and all problems that must be reported. */
const TABLE: [name: string, change: RawConfig, ...reported: string[]][] = [
  [
    "platform openshift without a kubeconfig and a context",
    { ...OPENSHIFT, kubernetes: {} },
    "kubernetes.kubeconfig: is missing on platform openshift; write the path of the cluster's kubeconfig file",
    "kubernetes.context: is missing on platform openshift; write the context to use, so that a changed current context never moves the environment to another cluster",
  ],
  [
    "an upgrade of CRDs",
    { kubernetes: { ...KUBERNETES, crds: { gatewayApi: "upgrade" } } },
    'kubernetes.crds.gatewayApi: "upgrade" is not allowed; write install or adopt',
  ],
  [
    "the adoption of CRDs on platform local",
    { platform: "local", kubernetes: { ...KUBERNETES, crds: { gatewayApi: "adopt" } } },
    "kubernetes.crds: has no effect with platform local; remove it, or write existing or openshift as platform",
  ],
  [
    "OpenShift's settings on another platform",
    { openshift: { scc: "restricted", route: { termination: "edge" } } },
    "openshift: has no effect with platform existing; remove it, or write openshift as platform",
  ],
  [
    "a Route with TLS passthrough",
    { ...OPENSHIFT, openshift: { route: { termination: "passthrough" } } },
    'openshift.route.termination: "passthrough" is not allowed; write edge or reencrypt',
  ],
  [
    "a Route with another host name than the gateway",
    {
      ...OPENSHIFT,
      gateway: { hostname: "llm.example.com" },
      openshift: { route: { host: "llm.apps.example.com" } },
    },
    'openshift.route.host: "llm.apps.example.com" is not gateway.hostname ("llm.example.com"), and the gateway takes requests only for the latter; remove one of them',
  ],
  [
    "the SCC privileged",
    { ...OPENSHIFT, openshift: { scc: "privileged" } },
    'openshift.scc: "privileged" is not allowed; write anyuid or restricted',
  ],
];

describe("settings of an existing cluster", () => {
  for (const [name, change, ...reported] of TABLE) {
    it(`refuse ${name}`, () => {
      assert.deepEqual(lines(problemsOf(() => parse(change))), reported);
    });
  }

  it("accept a Route with the gateway's host name", () => {
    const { gateway, openshift } = parse({
      ...OPENSHIFT,
      gateway: { hostname: "llm.example.com" },
      openshift: { route: { host: "llm.example.com" } },
    });
    assert.equal(openshift.route.host, gateway.hostname);
  });
});
