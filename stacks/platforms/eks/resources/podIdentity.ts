import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type ServiceRole, serviceRole, type ServiceRoleArgs } from "./serviceRole";

/** A role for pods, which the agent of EKS Pod Identity hands to them. */
export function podIdentityRole(
  name: string,
  args: Pick<ServiceRoleArgs, "region" | "managedPolicies" | "inlinePolicy">,
  opts: pulumi.CustomResourceOptions,
): ServiceRole {
  // The agent passes on who asks, as tags of the role's session.
  const trustActions = ["sts:AssumeRole", "sts:TagSession"];
  return serviceRole(name, { ...args, service: "pods.eks.amazonaws.com", trustActions }, opts);
}

/** Arguments of an association. */
export interface PodIdentityArgs {
  readonly clusterName: pulumi.Input<string>;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly roleArn: pulumi.Input<string>;
}

/** Gives the pods of a service account a role. It has to be there before they start: they get it when they are made. */
export function podIdentity(
  name: string,
  args: PodIdentityArgs,
  opts: pulumi.CustomResourceOptions,
): aws.eks.PodIdentityAssociation {
  return new aws.eks.PodIdentityAssociation(name, { ...args }, opts);
}
