import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { managedPolicyArn } from "./names";

/** One statement of an IAM policy, in IAM's own words. */
export interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy document in IAM's format. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Arguments of a role that an AWS service assumes. */
interface ServiceRoleArgs {
  /** Region of the service. It decides the partition, and so the ARNs of AWS's own policies. */
  readonly region: string;
  /** The service, such as `ec2.amazonaws.com`. */
  readonly service: string;
  /** @default `sts:AssumeRole` */
  readonly trustActions?: readonly string[];
  /**
   * Names of AWS's own policies, such as `AmazonEKSClusterPolicy`, with their path if they have one.
   *
   * @default none
   */
  readonly managedPolicies?: readonly string[];
  /**
   * One more policy, as a document.
   *
   * @default none
   */
  readonly inlinePolicy?: pulumi.Input<string>;
}

/** A role, and everything that gives it its rights. */
interface ServiceRole {
  readonly role: aws.iam.Role;
  /** Users of the role wait for all of it. Otherwise they would start, and on destroy end, without the rights. */
  readonly ready: pulumi.Resource[];
}

/** Makes a role of the given name, with its policies. */
export function serviceRole(name: string, args: ServiceRoleArgs, opts: pulumi.CustomResourceOptions): ServiceRole {
  const { trustActions = ["sts:AssumeRole"], managedPolicies = [], inlinePolicy } = args;
  const trust = policyDocument([{ Effect: "Allow", Action: trustActions, Principal: { Service: args.service } }]);
  const role = new aws.iam.Role(name, { name, assumeRolePolicy: trust }, opts);
  const attachments = managedPolicies.map(
    (policy) =>
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy.split("/").at(-1)}`,
        { role: role.name, policyArn: managedPolicyArn(policy, args.region) },
        opts,
      ),
  );
  const inline =
    inlinePolicy === undefined
      ? []
      : [new aws.iam.RolePolicy(name, { name, role: role.name, policy: inlinePolicy }, opts)];
  return { role, ready: [role, ...attachments, ...inline] };
}

/** A role that the agent of EKS Pod Identity gives to pods. */
export function podIdentityRole(
  name: string,
  args: Pick<ServiceRoleArgs, "region" | "managedPolicies" | "inlinePolicy">,
  opts: pulumi.CustomResourceOptions,
): ServiceRole {
  // The agent passes on the pod's identity, as tags of the role's session.
  const trustActions = ["sts:AssumeRole", "sts:TagSession"];
  return serviceRole(name, { ...args, service: "pods.eks.amazonaws.com", trustActions }, opts);
}
