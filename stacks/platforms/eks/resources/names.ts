/**
 * Names of what outlives a cluster unless it is deleted by itself, and that must be found again when its tags are gone: by
 * the program that makes it, and by the command that looks for what is left. `name` is the cluster's.
 */

/** Log group that EKS writes the control plane's logs to; EKS gives it this name. */
export const controlPlaneLogGroup = (name: string): string => `/aws/eks/${name}/cluster`;

/** Log group of the VPC's flow logs. */
export const flowLogGroup = (name: string): string => `/aws/vpc/${name}/flow-logs`;

/** Alias of the key that encrypts the cluster's Secrets. */
export const secretsKeyAlias = (name: string): string => `alias/${name}-secrets`;

/** What the names of all IAM roles of a cluster start with. */
export const rolePrefix = (name: string): string => `${name}-`;
