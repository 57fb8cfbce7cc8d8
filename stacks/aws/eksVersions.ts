/** EKS add-ons that every cluster gets, by EKS's own names. */
export const ADDON_NAMES = [
  "vpc-cni",
  "coredns",
  "kube-proxy",
  "eks-pod-identity-agent",
  "aws-ebs-csi-driver",
] as const;
export type AddonName = (typeof ADDON_NAMES)[number];

/** A Kubernetes version that this program builds EKS clusters of. */
export const EKS_VERSION_NAMES = ["1.33"] as const;
export type EksVersion = (typeof EKS_VERSION_NAMES)[number];

export const DEFAULT_CLUSTER_VERSION: EksVersion = "1.33";

/** What is pinned for one Kubernetes version. */
export interface EksPins {
  readonly addons: Readonly<Record<AddonName, string>>;
  /** Release of the EKS-optimised AMIs. */
  readonly amiRelease: string;
}

export const EKS_VERSIONS: Readonly<Record<EksVersion, EksPins>> = {
  "1.33": {
    addons: {
      "vpc-cni": "v1.20.4-eksbuild.1",
      coredns: "v1.12.4-eksbuild.1",
      "kube-proxy": "v1.33.5-eksbuild.2",
      "eks-pod-identity-agent": "v1.3.10-eksbuild.1",
      "aws-ebs-csi-driver": "v1.53.0-eksbuild.1",
    },
    amiRelease: "1.33.5-20251112",
  },
};
