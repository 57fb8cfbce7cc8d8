/** Versions of the GPU layer. */
export interface GpuVersions {
  readonly gpuOperator: string;
  readonly nodeFeatureDiscovery: string;
  readonly cuda: string;
}

/** Chart and CRDs of the GPU operator, and the image of the smoke test. */
export function gpuPins({ gpuOperator, nodeFeatureDiscovery, cuda }: GpuVersions) {
  const nvidia = `https://raw.githubusercontent.com/NVIDIA/gpu-operator/${gpuOperator}/deployments/gpu-operator/crds`;
  const nfd = `https://raw.githubusercontent.com/kubernetes-sigs/node-feature-discovery/${nodeFeatureDiscovery}`;
  return {
    charts: {
      "gpu-operator": { name: "gpu-operator", repository: "https://helm.ngc.nvidia.com/nvidia", version: gpuOperator },
    },
    crds: {
      "gpu-operator-crds": { version: gpuOperator, url: `${nvidia}/nvidia.com_clusterpolicies.yaml` },
      "nvidia-driver-crds": { version: gpuOperator, url: `${nvidia}/nvidia.com_nvidiadrivers.yaml` },
      "node-feature-discovery-crds": {
        version: nodeFeatureDiscovery,
        url: `${nfd}/deployment/base/nfd-crds/nfd-api-crds.yaml`,
      },
    },
    images: { cuda: { hub: "nvcr.io/nvidia", name: "cuda", tag: cuda } },
  };
}
