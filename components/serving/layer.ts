import type * as pulumi from "@pulumi/pulumi";
import { type ImagePin, imageReference } from "../charts/images";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import type { LayerContext } from "../layerContext";
import { HUGGING_FACE_SECRET, MODEL_SERVER_ACCOUNT } from "../naming";
import { HuggingFaceSecret } from "./huggingFaceSecret";
import { allReleases, type ModelRelease } from "./modelReleases";
import { ModelServer } from "./modelServer";
import { ModelServerAccount } from "./modelServerAccount";
import type { ModelConfig } from "./settings";

/** The part of the configuration that the models are made from. */
export interface ServingLayerConfig {
  readonly namespace: string;
  readonly protect: boolean;
  readonly models: readonly ModelConfig[];
  /** Secret. */
  readonly huggingFaceToken: pulumi.Output<string>;
  readonly versions: { readonly images: { readonly vllm: ImagePin } };
}

/**
 * Makes the namespace of models, endpoint pickers and gateway.
 *
 * @param loadBalancers The controller that deletes load balancers. Destroy first waits until the namespace is empty, and
 *   the gateway's Service is deleted with its load balancer. Only then does it delete the controller.
 */
export function modelsNamespace(
  { installation, kept }: LayerContext,
  { namespace, protect }: Pick<ServingLayerConfig, "namespace" | "protect">,
  loadBalancers: readonly pulumi.Resource[],
): OwnedNamespace {
  return new OwnedNamespace(
    namespace,
    // Not restricted: vLLM's image runs as root, and the endpoint picker's chart has no values for a securityContext.
    { installation, name: namespace, podSecurity: "baseline", protect },
    { ...kept, dependsOn: [...loadBalancers] },
  );
}

/** Arguments of the serving layer. */
export interface ServingLayerArgs {
  readonly llmd: OwnedNamespace;
  /** Nodes that advertise their GPUs. */
  readonly gpus: readonly pulumi.Resource[];
}

/** One release of a model, with the replicas that serve it. */
export interface ServedRelease extends ModelRelease {
  readonly server: ModelServer;
}

/** Makes the replicas of every release of every model. They do not wait for the gateway. */
export function servingLayer(
  { installation, inCluster, kept }: LayerContext,
  config: ServingLayerConfig,
  { llmd, gpus }: ServingLayerArgs,
): readonly ServedRelease[] {
  const { namespace } = llmd;
  const waiting = { ...inCluster, dependsOn: [llmd] };
  const token = new HuggingFaceSecret(HUGGING_FACE_SECRET, { namespace, token: config.huggingFaceToken }, waiting);
  const account = new ModelServerAccount(MODEL_SERVER_ACCOUNT, { namespace }, waiting);
  return allReleases(config).map((release) => {
    const { names, model } = release;
    const server = new ModelServer(
      names.modelRelease,
      {
        installation,
        releaseName: names.modelRelease,
        namespace,
        model: { ...model, replicas: model.autoscaling?.maxReplicas ?? model.replicas },
        image: model.image ?? imageReference(config.versions.images.vllm),
        podLabels: names.podLabels,
        authSecretName: token.secretName,
        serviceAccountName: account.accountName,
        autoscaled: model.autoscaling !== undefined,
      },
      { ...kept, dependsOn: [llmd, token, account, ...gpus] },
    );
    return { ...release, server };
  });
}
