const CHARTS = "https://aws.github.io/eks-charts";

/** Versions of the charts that only EKS uses. */
export interface EksChartVersions {
  readonly loadBalancerController: string;
  readonly efaDevicePlugin: string;
}

/** Charts and CRDs that only EKS uses. */
export function eksPins({ loadBalancerController, efaDevicePlugin }: EksChartVersions) {
  const version = `v${loadBalancerController}`;
  return {
    charts: {
      "aws-load-balancer-controller": {
        name: "aws-load-balancer-controller",
        repository: CHARTS,
        version: loadBalancerController,
      },
      "aws-efa-k8s-device-plugin": { name: "aws-efa-k8s-device-plugin", repository: CHARTS, version: efaDevicePlugin },
    },
    crds: {
      // Without the controller's CRDs for the Gateway API, because Istio implements it here.
      "aws-load-balancer-controller-crds": {
        version,
        url: `https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/${version}/helm/aws-load-balancer-controller/crds/crds.yaml`,
      },
    },
  };
}
