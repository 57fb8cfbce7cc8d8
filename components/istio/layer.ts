import type * as pulumi from "@pulumi/pulumi";
import { crdsOf } from "../crds/crdBundle";
import { type ImagePin, imageReference } from "../charts/images";
import { mergeValues } from "../charts/values";
import { OwnedNamespace } from "../cluster/ownedNamespace";
import type { LayerContext } from "../layerContext";
import { ISTIO_NAMESPACE, ISTIOD_SERVICE_ACCOUNT } from "../naming";
import { Istio } from "./istio";
import { IstioCrds } from "./istioCrds";
import type { IstioConfig } from "./settings";

/** How long to wait for istiod, its image included, in seconds. */
const TIMEOUT_SECONDS = 600;

/** The part of the configuration that Istio is made from. */
export interface IstioLayerConfig {
  readonly istio: IstioConfig;
  readonly versions: { readonly images: { readonly pilot: ImagePin; readonly proxyv2: ImagePin } };
}

/** What Istio waits for. */
export interface IstioLayerArgs {
  /**
   * The CRDs that istiod watches. It looks for them only when it starts, and misses those that come later.
   */
  readonly watched: readonly pulumi.Resource[];
  /** Ordinary nodes, with DNS and storage. */
  readonly nodes: readonly pulumi.Resource[];
}

/** The control plane of Istio, and its namespace. */
export interface IstioLayer {
  readonly istio: Istio;
  readonly namespace: OwnedNamespace;
}

/** Makes Istio's CRDs, namespace and control plane. */
export function istioLayer(context: LayerContext, config: IstioLayerConfig, args: IstioLayerArgs): IstioLayer {
  const { platform, installation, bundles, inCluster } = context;
  const { images } = config.versions;
  const crds = new IstioCrds("istio-crds", { installation, crds: crdsOf(bundles, "istio-crds") }, inCluster);
  const owned = new OwnedNamespace(
    ISTIO_NAMESPACE,
    { installation, name: ISTIO_NAMESPACE, podSecurity: "restricted" },
    inCluster,
  );
  const { namespace } = owned;
  const account = { namespace, name: ISTIOD_SERVICE_ACCOUNT };
  const admission = platform.admit("istiod", account, { ...inCluster, dependsOn: [owned] });
  const istio = new Istio(
    "istio",
    {
      installation,
      namespace,
      pilot: config.istio.pilot,
      images: { pilot: imageReference(images.pilot), proxyv2: imageReference(images.proxyv2) },
      values: mergeValues(platform.istioValues, config.istio.values),
      timeoutSeconds: TIMEOUT_SECONDS,
    },
    { ...inCluster, dependsOn: [...args.watched, crds, owned, ...admission, ...args.nodes] },
  );
  return { istio, namespace: owned };
}
