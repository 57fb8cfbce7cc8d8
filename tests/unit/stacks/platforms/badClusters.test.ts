import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../../stacks/config";
import { lines, parse, problemsOf } from "../support";

const KUBERNETES = { kubeconfig: "/etc/cluster/kubeconfig", context: "cluster" };
const OPENSHIFT: RawConfig = { platform: "openshift" };

/** What is changed in a good configuration, and everything that is then reported. */
const TABLE: [name: string, change: RawConfig, ...reported: string[]][] = [
  [
    "OpenShift without a cluster",
    { ...OPENSHIFT, kubernetes: {} },
    "kubernetes.kubeconfig: is missing on platform openshift; write the path of the cluster's kubeconfig file",
    "kubernetes.context: is missing on platform openshift; write the context to use, so that a changed current context never moves the environment to another cluster",
  ],
  [
    "CRDs upgraded in place",
    { kubernetes: { ...KUBERNETES, crds: { gatewayApi: "upgrade" } } },
    'kubernetes.crds.gatewayApi: "upgrade" is not allowed; write install or adopt',
  ],
  [
    "CRDs adopted in the embedded cluster",
    { platform: "local", kubernetes: { ...KUBERNETES, crds: { gatewayApi: "adopt" } } },
    "kubernetes.crds: has no effect with platform local; remove it, or write existing or openshift as platform",
  ],
  [
    "OpenShift's settings elsewhere",
    { openshift: { scc: "restricted", route: { termination: "edge" } } },
    "openshift: has no effect with platform existing; remove it, or write openshift as platform",
  ],
  [
    "a Route that lets TLS through",
    { ...OPENSHIFT, openshift: { route: { termination: "passthrough" } } },
    'openshift.route.termination: "passthrough" is not allowed; write edge or reencrypt',
  ],
  [
    "a Route of another host than the gateway's",
    {
      ...OPENSHIFT,
      gateway: { hostname: "llm.example.com" },
      openshift: { route: { host: "llm.apps.example.com" } },
    },
    'openshift.route.host: "llm.apps.example.com" is not gateway.hostname ("llm.example.com"), and the gateway takes requests only for the latter; remove one of them',
  ],
  [
    "privileged constraints",
    { ...OPENSHIFT, openshift: { scc: "privileged" } },
    'openshift.scc: "privileged" is not allowed; write anyuid or restricted',
  ],
];

describe("settings of a cluster that exists", () => {
  for (const [name, change, ...reported] of TABLE) {
    it(`refuse ${name}`, () => {
      assert.deepEqual(lines(problemsOf(() => parse(change))), reported);
    });
  }

  it("take the gateway's host name for the Route's", () => {
    const { gateway, openshift } = parse({
      ...OPENSHIFT,
      gateway: { hostname: "llm.example.com" },
      openshift: { route: { host: "llm.example.com" } },
    });
    assert.equal(openshift.route.host, gateway.hostname);
  });
});
