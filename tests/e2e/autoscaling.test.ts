import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { eventually, stays } from "../support/environment";
import { nothingLeft } from "../support/inventory";
import { Load, lossLine } from "../support/load";
import { RELOAD_MS } from "../support/monitoring/reload";
import { servedEnvironment } from "../support/served";

const NAMESPACE = "llm-d";
const DEPLOYMENT = { namespace: NAMESPACE, name: "ms-llm-d-modelservice-decode" };
const [MIN, MAX] = [1, 3];

/** The autoscaler decides every 15 seconds. A number that it does not accept is gone within two decisions. */
const TWO_DECISIONS_MS = 30_000;

/** Each replica serves one request at a time, so that a few clients fill the queue. */
const CONFIG = {
  "models[0].replicas": undefined,
  "models[0].extraArgs[0]": "--max-num-seqs=1",
  "models[0].autoscaling.minReplicas": String(MIN),
  "models[0].autoscaling.maxReplicas": String(MAX),
  "models[0].autoscaling.waitingRequests": "1",
  "models[0].autoscaling.pollingSeconds": "5",
  // Longer than the time between two decisions, so that one scrape that a busy machine missed removes no replica.
  "models[0].autoscaling.cooldownSeconds": "20",
};

describe("autoscaling", function () {
  this.timeout(900_000);
  const served = servedEnvironment(CONFIG);
  const apps = (): k8s.AppsV1Api => served.environment.kubeconfig.makeApiClient(k8s.AppsV1Api);
  const wanted = async (): Promise<number | undefined> =>
    (await apps().readNamespacedDeployment(DEPLOYMENT)).spec?.replicas;

  it("works with KEDA: its metrics API is available, and the HorizontalPodAutoscaler has both metrics", async () => {
    const { kubeconfig } = served.environment;
    const { status } = (await kubeconfig.makeApiClient(k8s.ApiregistrationV1Api).readAPIService({
      name: "v1beta1.external.metrics.k8s.io",
    })) as k8s.V1APIService;
    assert.equal(status?.conditions?.find(({ type }) => type === "Available")?.status, "True");
    const autoscalers = kubeconfig.makeApiClient(k8s.AutoscalingV2Api);
    const { spec, status: seen } = await eventually(
      "the autoscaler has a number for both metrics",
      RELOAD_MS,
      async () => (await autoscalers.listNamespacedHorizontalPodAutoscaler({ namespace: NAMESPACE })).items[0] ?? {},
      (autoscaler) =>
        (autoscaler.status?.currentMetrics ?? []).filter(({ external }) => external !== undefined).length === 2,
    );
    assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [MIN, MAX]);
    assert.equal(seen?.conditions?.find(({ type }) => type === "ScalingActive")?.status, "True");
    assert.equal(await wanted(), MIN);
  });

  it("adds replicas up to maxReplicas while requests wait", async () => {
    const { url, model } = served;
    const ready = async (): Promise<number> =>
      (await apps().readNamespacedDeployment(DEPLOYMENT)).status?.readyReplicas ?? 0;
    // With twelve clients and three replicas, nine requests wait. The metric then asks for nine replicas.
    const loss = await Load.during({ url, model, clients: 12, maxTokens: 200 }, async () => {
      await eventually("maxReplicas are ready", 240_000, ready, (count) => count === MAX);
      await stays("the Deployment has maxReplicas", TWO_DECISIONS_MS, wanted, (count) => count === MAX);
    });
    console.log(`      ${lossLine(loss)}`);
    assert.deepEqual(loss.lost, []);
  });

  it("removes replicas down to minReplicas when no request waits", async () => {
    await eventually("the Deployment has minReplicas", 240_000, wanted, (count) => count === MIN);
    await stays("the Deployment has minReplicas", TWO_DECISIONS_MS, wanted, (count) => count === MIN);
    assert.equal(await served.ask(), 200);
  });

  it("causes no change in a preview, whatever the current number of replicas", async () => {
    const patch = { spec: { replicas: 2 } };
    await apps().patchNamespacedDeployment(
      { ...DEPLOYMENT, body: patch },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
    const { embedded } = served.environment;
    const { changeSummary } = await embedded.stack.preview({ color: "never" });
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("leaves no object after a destroy", async () => {
    const { embedded, kubeconfig } = served.environment;
    await embedded.stack.destroy({ color: "never" });
    await nothingLeft(kubeconfig, served.before);
  });
});
