/** Chart and CRDs of KEDA. */
export function autoscalingPins({ keda }: { readonly keda: string }) {
  return {
    charts: { keda: { name: "keda", repository: "https://kedacore.github.io/charts", version: keda } },
    crds: {
      "keda-crds": {
        version: `v${keda}`,
        url: `https://github.com/kedacore/keda/releases/download/v${keda}/keda-${keda}-crds.yaml`,
      },
    },
  };
}
