const REGISTRY = "registry.k8s.io/gateway-api-inference-extension";

/** The chart and image of the endpoint picker are released together with the CRDs of the Inference Extension. */
export function endpointPickerPins({ inferenceExtension }: { readonly inferenceExtension: string }) {
  return {
    charts: {
      inferencepool: { name: "inferencepool", repository: `oci://${REGISTRY}/charts`, version: inferenceExtension },
    },
    crds: {
      "inference-extension": {
        version: inferenceExtension,
        url: `https://github.com/kubernetes-sigs/gateway-api-inference-extension/releases/download/${inferenceExtension}/manifests.yaml`,
      },
    },
    images: { epp: { hub: REGISTRY, name: "epp", tag: inferenceExtension } },
  };
}
