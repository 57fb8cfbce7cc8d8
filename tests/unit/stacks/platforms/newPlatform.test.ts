import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { parseConfig, type RawConfig } from "../../../../stacks/config";
import { buildEnvironment } from "../../../../stacks/environment";
import { PLATFORMS } from "../../../../stacks/platforms";
import { gke } from "../../../fakes/gke";
import { lines, problemsOf, TOKEN } from "../../../support/configurations";
import { make, only } from "../../../support/eksResources";
import { emptyMirror } from "../../../support/emptyMirror";

/** The one line that adds a platform. */
const platforms = [...PLATFORMS, gke];

const GKE: RawConfig = {
  platform: "gke",
  gke: { project: "llm-d-dev" },
  kubernetes: { kubeconfig: "/etc/gke/kubeconfig", context: "gke" },
  models: [{ name: "meta-llama/Llama-3.1-8B-Instruct" }],
};

const parse = (change: RawConfig = {}) => parseConfig({ ...GKE, ...change }, TOKEN, { platforms });
const refused = (change: RawConfig) => lines(problemsOf(() => parse(change)));

describe("a platform that is added by one folder and one line", () => {
  it("has a name, settings with defaults, and the defaults that follow from its facts", () => {
    const config = parse();
    assert.equal(config.platform, "gke");
    assert.deepEqual((config as unknown as { gke: unknown }).gke, { project: "llm-d-dev", channel: "regular" });
    assert.deepEqual(
      [config.gpu.operator, config.gpu.driver, config.monitoring.mode],
      ["preinstalled", false, "stack"],
    );
  });

  it("has rules of its own, and refuses the settings of other platforms", () => {
    assert.deepEqual(refused({ gke: {}, kubernetes: {} }), [
      "kubernetes.kubeconfig: is missing on platform gke; write the path of the cluster's kubeconfig file",
      "kubernetes.context: is missing on platform gke; write the context to use, so that a changed current context never moves the environment to another cluster",
      "gke.project: is missing on platform gke; write the project of the cluster",
    ]);
    assert.deepEqual(refused({ aws: { region: "us-east-1" }, openshift: { scc: "restricted" } }), [
      "openshift: has no effect with platform gke; remove it, or write openshift as platform",
      "aws: has no effect with platform gke; remove it, or write eks as platform",
    ]);
    assert.deepEqual(refused({ gpu: { operator: "olm" } }), [
      "gpu.operator: olm needs OpenShift's Operator Lifecycle Manager, which platform gke does not have; write preinstalled",
    ]);
    const crds = { ...(GKE["kubernetes"] as object), crds: { gatewayApi: "adopt" } };
    assert.deepEqual(refused({ kubernetes: crds }), [
      "kubernetes.crds: has no effect with platform gke; remove it, or write existing or openshift as platform",
    ]);
  });

  it("has its settings refused on every other platform", () => {
    assert.deepEqual(refused({ platform: "existing" }), [
      "gke: has no effect with platform existing; remove it, or write gke as platform",
    ]);
  });

  it("is unknown where its line is missing", () => {
    const problems = lines(problemsOf(() => parseConfig(GKE, TOKEN)));
    assert.deepEqual(problems, [
      'platform: "gke" is not allowed; write local, existing, openshift or eks',
      "gke: is not a setting; write one of platform, lane, namespace, protect, kubernetes, openshift, aws, models, gateway, endpointPicker, gpu, istio, monitoring, autoscaling, validation, charts, versions, gatewayPrivateKey or huggingFaceToken, or remove it",
    ]);
  });

  it("gets a whole environment, with its own annotations on the gateway's Service", async function () {
    this.timeout(60_000);
    const mirror = emptyMirror();
    try {
      const config = parse({ charts: { mirror } });
      const made = await make(() => buildEnvironment(config, platforms));
      const { spec } = only(made, "Gateway").inputs as { spec: { infrastructure: { annotations: object } } };
      assert.deepEqual(spec.infrastructure.annotations, {
        "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
        "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
        "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
        "networking.gke.io/load-balancer-type": "Internal",
        "networking.gke.io/internal-load-balancer-allow-global-access": "true",
        "example.com/project": "llm-d-dev",
      });
      assert.equal(only(made, "HTTPRoute").name, "llm-d-inference-route");
      assert.ok(made.some(({ name }) => name === "ms"));
    } finally {
      fs.rmSync(mirror, { recursive: true, force: true });
    }
  });
});
