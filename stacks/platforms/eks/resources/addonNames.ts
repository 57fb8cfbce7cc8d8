/** EKS add-ons that every cluster gets, by EKS's own names. */
export const ADDON_NAMES = [
  "vpc-cni",
  "coredns",
  "kube-proxy",
  "eks-pod-identity-agent",
  "eks-node-monitoring-agent",
  "aws-ebs-csi-driver",
] as const;
export type AddonName = (typeof ADDON_NAMES)[number];
