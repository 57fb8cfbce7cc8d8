import * as k8s from "@kubernetes/client-node";
import * as kubernetes from "@pulumi/kubernetes";
import * as fs from "node:fs";
import { openKubeconfig } from "../../components/cluster/clusterApi";
import { Installation } from "../../components/installation";
import { gpuClient } from "../../components/gpu/gpuClient";
import { awaitGpus, GpuReadiness } from "../../components/gpu/gpuReadiness";
import { OpenshiftGpuOperator } from "../../components/gpu/openshiftGpuOperator";
import type { GpuExpectation } from "../../components/gpu/readiness";
import { FAULTS } from "../../local/simulators/simulator";
import { type GpuConfig, gpuSchema } from "../../components/gpu/settings";
import type { TestEnvironment } from "./environment";

/** Timeout of every wait that must fail, in seconds. Longer on a slow machine. */
export const PATIENCE_SECONDS = 20;

/** The defaults of the settings, which Pulumi.openshift.yaml uses. */
export const OLM: GpuConfig["olm"] = gpuSchema.parse({}).olm;

/** What the simulated nodes must advertise. */
export const EIGHT_EACH: GpuExpectation = {
  policy: true,
  nodes: [{ name: "GPU nodes", minimum: 1, perNode: 8, model: "A100-SXM4-40GB" }],
};

/** A small program: the operator from OLM, and the wait for GPUs. Tests change it between two runs. */
export class GpuProgram {
  /** Undefined when the GPUs are installed by others. They are then checked once. */
  olm: GpuConfig["olm"] | undefined = OLM;
  patienceSeconds = PATIENCE_SECONDS;

  private readonly kubeconfig: string;

  constructor(environment: TestEnvironment) {
    this.kubeconfig = fs.readFileSync(environment.state.kubeconfig, "utf8");
  }

  readonly run = (): Promise<void> => {
    const provider = new kubernetes.Provider("cluster", { kubeconfig: this.kubeconfig, clusterIdentifier: "embedded" });
    const installation = new Installation({
      owner: "llm-d/gpu",
      sources: { charts: {}, crds: {} },
      connect: () => openKubeconfig(this.kubeconfig),
    });
    const { olm } = this;
    const timeoutSeconds = olm === undefined ? 0 : this.patienceSeconds;
    const dependsOn =
      olm === undefined
        ? []
        : [
            new OpenshiftGpuOperator(
              "openshift-gpu-operator",
              {
                installation,
                settings: { driver: true, toolkit: true, mig: { strategy: "none" }, values: {} },
                olm,
                timeoutSeconds,
              },
              { provider },
            ),
          ];
    new GpuReadiness(
      "gpu-readiness",
      {
        installation,
        // Two such programs may exist at the same time, and each has a record.
        namespace: olm === undefined ? "kube-public" : "default",
        expectation: { ...EIGHT_EACH, policy: olm !== undefined },
        timeoutSeconds,
        smokeTest: { image: "nvcr.io/nvidia/cuda:12.4.1-base-ubi9", timeoutSeconds: 240 },
        settings: {},
      },
      { provider, dependsOn },
    );
    return Promise.resolve();
  };

  /** The message of the program's wait when it checks once. */
  async lookOnce(): Promise<string> {
    const client = gpuClient(await openKubeconfig(this.kubeconfig));
    const wait = awaitGpus(client, { expectation: EIGHT_EACH, timeoutSeconds: 0 }, "default", () => undefined);
    return wait.then(
      () => "the GPUs are ready",
      (error: unknown) => (error as Error).message,
    );
  }
}

/** Replaces the simulators' faults in one write, because a simulator may read them at any time. */
export async function setFaults(
  { kubeconfig }: TestEnvironment,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const core = kubeconfig.makeApiClient(k8s.CoreV1Api);
  const { namespace, name } = FAULTS;
  const body = { metadata: { name }, data: { ...data } };
  await core.replaceNamespacedConfigMap({ namespace, name, body }).catch((error: unknown) => {
    if (!(error instanceof k8s.ApiException && error.code === 404)) throw error;
    return core.createNamespacedConfigMap({ namespace, body });
  });
}

/** Deletes the ConfigMap of faults. */
export async function removeFaults({ kubeconfig }: TestEnvironment): Promise<void> {
  await kubeconfig
    .makeApiClient(k8s.CoreV1Api)
    .deleteNamespacedConfigMap(FAULTS)
    .catch((error: unknown) => {
      if (!(error instanceof k8s.ApiException && error.code === 404)) throw error;
    });
}
