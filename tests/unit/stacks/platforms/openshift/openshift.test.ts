import * as assert from "node:assert/strict";
import type { ClusterFacts } from "../../../../../stacks/platforms/inspection/facts";
import { ConstraintsBinding } from "../../../../../components/openshift/constraintsBinding";
import {
  GATEWAY_API_POLICY,
  judgeOpenShift,
  type OpenShiftWanted,
} from "../../../../../stacks/platforms/openshift/inspection";
import { OpenShiftRoute } from "../../../../../components/openshift/route";
import { InferenceGateway } from "../../../../../components/gateway/inferenceGateway";
import { installation } from "../../../../support/components";
import { make, only } from "../../../../support/eksResources";
import { cluster, crd, gatewayApi, openshift, VIRTUAL_SERVICES, wanted } from "../../../../support/clusterFacts";

const WANTED: OpenShiftWanted = { ...wanted(), anyuid: true };
const ADOPT: OpenShiftWanted = { ...wanted({ adopt: ["gateway-api"] }), anyuid: true };

const REFUSED: [name: string, facts: ClusterFacts, wanted: OpenShiftWanted, ...says: RegExp[]][] = [
  ["a cluster that is not OpenShift", cluster(), WANTED, /not OpenShift.*platform to existing/],
  ["OpenShift 4.15", openshift({}, { version: "4.15.42" }), WANTED, /OpenShift 4\.15\.42 is too old.*4\.16 or later/],
  ["a ClusterVersion without a release", openshift({}, { version: "" }), WANTED, /names no release/],
  [
    "a cluster without the SCC anyuid",
    openshift({}, { anyuid: { constraints: false, role: true } }),
    WANTED,
    /no longer has the SecurityContextConstraints anyuid, .*openshift\.scc to restricted/,
  ],
  [
    "a cluster without the role for the SCC",
    openshift({}, { anyuid: { constraints: true, role: false } }),
    WANTED,
    /no longer has the ClusterRole system:openshift:scc:anyuid/,
  ],
  [
    "Service Mesh 3 by its operator and CRDs, with one finding",
    openshift(
      {
        crds: [crd("istios.sailoperator.io"), crd(VIRTUAL_SERVICES)],
        istiods: [{ namespace: "mesh", name: "istiod" }],
      },
      { operators: [{ namespace: "openshift-operators", name: "servicemeshoperator3.v3.1.0" }] },
    ),
    WANTED,
    /already has OpenShift Service Mesh: operator openshift-operators\/servicemeshoperator3\.v3\.1\.0, CRD istios\.sailoperator\.io, istiod mesh\/istiod.*Its operator owns Istio's CRDs.*Subscription/,
  ],
  [
    "Service Mesh 2",
    openshift({ crds: [crd("servicemeshcontrolplanes.maistra.io")] }),
    WANTED,
    /already has OpenShift Service Mesh: CRD servicemeshcontrolplanes\.maistra\.io/,
  ],
  [
    "an Istio that the Ingress Operator runs",
    openshift({ gatewayClasses: [{ name: "openshift-default", controller: "openshift.io/gateway-controller/v1" }] }),
    WANTED,
    /already has OpenShift Service Mesh: GatewayClass openshift-default/,
  ],
  [
    "an installation of the Gateway API that the Ingress Operator manages",
    openshift({ crds: gatewayApi("v1.2.1"), admissionPolicies: [GATEWAY_API_POLICY] }, { version: "4.19.1" }),
    WANTED,
    /Ingress Operator manages the CRDs of Gateway API \(v1\.2\.1\).*kubernetes\.crds\.gatewayApi to adopt/,
  ],
  [
    "plain Istio and an old Kubernetes, as on any cluster",
    openshift({ kubernetes: "v1.27.0", crds: [crd(VIRTUAL_SERVICES)] }),
    WANTED,
    /Kubernetes v1\.27\.0 is too old/,
    /already has an Istio/,
  ],
];

const ACCEPTED: [name: string, facts: ClusterFacts, wanted: OpenShiftWanted][] = [
  ["OpenShift 4.16", openshift({}, { version: "4.16.0" }), WANTED],
  ["OpenShift 5.0", openshift({}, { version: "5.0.1" }), WANTED],
  [
    "OpenShift 4.19 with its Gateway API adopted",
    openshift({ crds: gatewayApi("v1.2.1"), admissionPolicies: [GATEWAY_API_POLICY] }, { version: "4.19.1" }),
    ADOPT,
  ],
  [
    "a cluster without the SCC anyuid when it is not needed",
    openshift({}, { anyuid: { constraints: false, role: false } }),
    { ...WANTED, anyuid: false },
  ],
  ["other operators", openshift({}, { operators: [{ namespace: "a", name: "kiali-operator.v2" }] }), WANTED],
];

describe("the inspection of an OpenShift cluster", () => {
  for (const [name, facts, wants, ...says] of REFUSED) {
    it(`refuses ${name}`, () => {
      const findings = judgeOpenShift(facts, wants);
      assert.equal(findings.length, says.length, JSON.stringify(findings));
      findings.forEach(({ found, remedy }, index) => assert.match(`${found} ${remedy}`, says[index] as RegExp));
    });
  }

  for (const [name, facts, wants] of ACCEPTED) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(judgeOpenShift(facts, wants), []);
    });
  }
});

describe("components of OpenShift", () => {
  it("grant anyuid to one service account in one namespace", async () => {
    const made = await make(
      () => new ConstraintsBinding("istiod", { namespace: "istio-system", serviceAccount: "istiod" }),
    );
    assert.deepEqual(only(made, "RoleBinding").inputs, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "istiod-scc-anyuid", namespace: "istio-system" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:openshift:scc:anyuid" },
      subjects: [{ kind: "ServiceAccount", name: "istiod", namespace: "istio-system" }],
    });
  });

  const route = { termination: "edge", timeoutSeconds: 600 } as const;
  const args = {
    routeName: "gw",
    namespace: "llm-d",
    service: "gw-istio",
    port: "http",
    route,
    admissionTimeoutSeconds: 60,
  };

  it("wait until a Route is admitted, and return the host from OpenShift", async () => {
    let url: Promise<string> | undefined;
    const made = await make(() => {
      const { url: found } = new OpenShiftRoute("gw", args);
      url = new Promise((resolve) => found.apply(resolve));
    });
    const { inputs, deleteBeforeReplace } = only(made, "Route");
    assert.deepEqual(inputs["metadata"], {
      name: "gw",
      namespace: "llm-d",
      annotations: {
        "pulumi.com/waitFor": 'jsonpath={.status.ingress[*].conditions[?(@.type=="Admitted")].status}=True',
        "haproxy.router.openshift.io/timeout": "600s",
      },
    });
    assert.deepEqual(inputs["spec"], {
      to: { kind: "Service", name: "gw-istio", weight: 100 },
      port: { targetPort: "http" },
      tls: { termination: "edge", insecureEdgeTerminationPolicy: "Redirect" },
      wildcardPolicy: "None",
    });
    assert.equal(deleteBeforeReplace, true);
    assert.equal(await url, "https://gw-llm-d.apps.example.com");
  });

  it("re-encrypt with a configured host and CA", async () => {
    const made = await make(
      () =>
        new OpenShiftRoute("gw", {
          ...args,
          route: { termination: "reencrypt", host: "llm.example.com", timeoutSeconds: 60 },
          destinationCaCertificate: "PEM",
        }),
    );
    const { host, tls } = only(made, "Route").inputs["spec"] as { host: string; tls: unknown };
    assert.equal(host, "llm.example.com");
    assert.deepEqual(tls, {
      termination: "reencrypt",
      insecureEdgeTerminationPolicy: "Redirect",
      destinationCACertificate: "PEM",
    });
  });

  it("make a gateway behind a Route without a load balancer, by an annotation of the Gateway", async () => {
    const gateway = { className: "istio", name: "gw", port: 80, exposure: "internal", timeoutSeconds: 60 } as const;
    let service: Promise<string> | undefined;
    const made = await make(() => {
      const { serviceName } = new InferenceGateway("gw", {
        installation: installation(),
        namespace: "llm-d",
        gateway,
        serviceType: "ClusterIP",
      });
      service = new Promise((resolve) => serviceName.apply(resolve));
    });
    const { metadata, spec } = only(made, "Gateway").inputs as {
      metadata: { annotations: Record<string, string> };
      spec: { infrastructure: { annotations: Record<string, string> } };
    };
    assert.equal(metadata.annotations["networking.istio.io/service-type"], "ClusterIP");
    // Not empty, because Istio would otherwise copy the Gateway's own annotations to its objects.
    assert.ok(Object.keys(spec.infrastructure.annotations).length > 0);
    assert.equal(await service, "gw-istio");
  });
});
