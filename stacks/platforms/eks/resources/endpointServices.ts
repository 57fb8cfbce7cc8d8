/**
 * The services that nodes and what runs on them talk to: images (ecr), their rights (sts, eks-auth), the instances
 * (ec2), the cluster (eks), logs.
 */
export const INTERFACE_ENDPOINTS: readonly string[] = ["ecr.api", "ecr.dkr", "sts", "ec2", "eks", "eks-auth", "logs"];
