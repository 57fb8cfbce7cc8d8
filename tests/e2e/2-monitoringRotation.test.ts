import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { MONITORING_NAMESPACE } from "../../components/naming";
import { GRAFANA_SERVICE } from "../../monitoring/stack/monitoringStack";
import { eventually, type TestEnvironment } from "../support/environment";
import { encodings, rotate, type Rotated } from "../support/rotate";
import { sharedEnvironment } from "../support/shared";

describe("make rotate SECRET=grafana-admin-password", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  let rotated: Rotated;
  let secretBefore: k8s.V1Secret;
  let passwordBefore: string;
  /** Numbers of ready addresses behind Grafana's Service, sampled during the rotation. */
  const ready: number[] = [];

  const secret = (): Promise<k8s.V1Secret> =>
    environment.kubeconfig
      .makeApiClient(k8s.CoreV1Api)
      .readNamespacedSecret({ namespace: MONITORING_NAMESPACE, name: "grafana-admin" });
  const password = async (): Promise<string> =>
    String((await environment.embedded.stack.outputs()).grafanaAdminPassword?.value);

  async function readyAddresses(): Promise<number> {
    const { items } = await environment.kubeconfig.makeApiClient(k8s.DiscoveryV1Api).listNamespacedEndpointSlice({
      namespace: MONITORING_NAMESPACE,
      labelSelector: `kubernetes.io/service-name=${GRAFANA_SERVICE.name}`,
    });
    return items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready).length;
  }

  before(async () => {
    environment = await sharedEnvironment();
    const { stack } = environment.embedded;
    // The stack is empty when this file runs alone.
    if ((await stack.outputs()).gatewayUrl === undefined) await stack.up({ color: "never" });
    [secretBefore, passwordBefore] = [await secret(), await password()];
    await eventually("Grafana is ready", 120_000, readyAddresses, (count) => count > 0);
    let over = false;
    const look = async (): Promise<void> => {
      for (; !over; await new Promise((resolve) => setTimeout(resolve, 250))) ready.push(await readyAddresses());
    };
    [rotated] = await Promise.all([
      rotate(environment, "grafana-admin-password", "").finally(() => (over = true)),
      look(),
    ]);
  });

  it("makes a new password, in the same Secret and in the stack output", async () => {
    assert.equal(rotated.code, 0, rotated.output);
    const [secretAfter, passwordAfter] = [await secret(), await password()];
    assert.notEqual(passwordAfter, passwordBefore);
    assert.equal(Buffer.from(secretAfter.data?.["admin-password"] ?? "", "base64").toString(), passwordAfter);
    assert.equal(secretAfter.metadata?.uid, secretBefore.metadata?.uid);
  });

  it("restarts Grafana, and one Grafana pod is ready all the time", async () => {
    const apps = environment.kubeconfig.makeApiClient(k8s.AppsV1Api);
    const deployment = { namespace: MONITORING_NAMESPACE, name: GRAFANA_SERVICE.name };
    const { spec } = await apps.readNamespacedDeployment(deployment);
    assert.equal(spec?.template.metadata?.annotations?.["llm-d.ai/password-generation"], "2");
    assert.ok(ready.length > 5, `only ${ready.length} samples`);
    assert.ok(Math.min(...ready) > 0, `ready addresses: ${ready.join(" ")}`);
  });

  it("shows neither password in its output or on a command line", async () => {
    for (const shown of [passwordBefore, await password()].flatMap(encodings)) {
      assert.ok(!rotated.output.includes(shown));
      assert.ok(!rotated.commandLines.some((line) => line.includes(shown)));
    }
  });
});
