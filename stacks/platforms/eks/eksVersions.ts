import type { AddonVersions } from "./resources/names";

/*
 * Sources of the pins below. AMI releases: CHANGELOG.md of github.com/awslabs/amazon-eks-ami (v20260714). Add-ons: the
 * default versions of `aws eks describe-addon-versions` (from secondary sources for 1.33 on 2026-06-05; vpc-cni,
 * kube-proxy and coredns also from the EKS user guide). End of support: the calendar of the EKS user guide.
 */

/** Kubernetes versions of the EKS clusters that this program builds. */
export const EKS_VERSION_NAMES = ["1.32", "1.33", "1.34"] as const;
type EksVersion = (typeof EKS_VERSION_NAMES)[number];

/** The newest version that the default lane's Istio supports. */
export const DEFAULT_CLUSTER_VERSION: EksVersion = "1.33";

/** The pins of one Kubernetes version. */
interface EksPins {
  readonly addons: AddonVersions;
  /** Release of the EKS-optimised AMIs, as a node group's `releaseVersion` takes it. */
  readonly amiRelease: string;
  /** Last day of standard support. Extended support lasts one more year and costs six times as much. */
  readonly standardSupportEnds: string;
}

/** Add-ons with the same version for every Kubernetes version. */
const COMMON = {
  "vpc-cni": "v1.20.5-eksbuild.1",
  "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
  "eks-node-monitoring-agent": "v1.7.0-eksbuild.1",
  "aws-ebs-csi-driver": "v1.60.1-eksbuild.1",
} as const;

/** The pins of each Kubernetes version. */
export const EKS_VERSIONS: Readonly<Record<EksVersion, EksPins>> = {
  "1.32": {
    addons: { ...COMMON, coredns: "v1.11.4-eksbuild.33", "kube-proxy": "v1.32.13-eksbuild.5" },
    amiRelease: "1.32.13-20260714",
    standardSupportEnds: "2026-03-23",
  },
  "1.33": {
    addons: { ...COMMON, coredns: "v1.12.4-eksbuild.10", "kube-proxy": "v1.33.10-eksbuild.2" },
    amiRelease: "1.33.13-20260714",
    standardSupportEnds: "2026-07-29",
  },
  "1.34": {
    addons: { ...COMMON, coredns: "v1.12.4-eksbuild.10", "kube-proxy": "v1.34.6-eksbuild.2" },
    amiRelease: "1.34.9-20260714",
    standardSupportEnds: "2026-12-02",
  },
};

/**
 * Registries of EKS images for regions in other partitions than the registry in the charts. Nodes can log in only to
 * registries of their own partition. Source: "View Amazon container image registries for Amazon EKS add-ons" of the EKS
 * user guide.
 */
export const EKS_REGISTRIES: Readonly<Partial<Record<string, string>>> = {
  "us-gov-east-1": "151742754352.dkr.ecr.us-gov-east-1.amazonaws.com",
  "us-gov-west-1": "013241004608.dkr.ecr.us-gov-west-1.amazonaws.com",
};
