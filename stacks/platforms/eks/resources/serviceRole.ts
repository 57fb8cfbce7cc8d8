import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { partitionOf } from "./partition";

/** One statement of an IAM policy, in IAM's own words. */
export interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy document as IAM takes it. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Arguments of a role that an AWS service takes on. */
export interface ServiceRoleArgs {
  /** Region of what takes it on; AWS's own policies have other ARNs in other partitions. */
  readonly region: string;
  /** Who takes it on, such as `ec2.amazonaws.com`. */
  readonly service: string;
  /** What it does to take it on. Default: `sts:AssumeRole`. */
  readonly trustActions?: readonly string[];
  /** Names of AWS's own policies, such as `AmazonEKSClusterPolicy`, with their path if they have one. */
  readonly managedPolicies?: readonly string[];
  /** A policy of its own, as a document. */
  readonly inlinePolicy?: pulumi.Input<string>;
}

/** A role and all that gives it its rights. */
export interface ServiceRole {
  readonly role: aws.iam.Role;
  /** What users of the role have to wait for: without it they have the role and, on destroy too, not its rights. */
  readonly ready: pulumi.Resource[];
}

/** Makes a role of the given name with policies attached to it. */
export function serviceRole(name: string, args: ServiceRoleArgs, opts: pulumi.CustomResourceOptions): ServiceRole {
  const role = new aws.iam.Role(
    name,
    {
      name,
      assumeRolePolicy: policyDocument([
        { Effect: "Allow", Action: args.trustActions ?? ["sts:AssumeRole"], Principal: { Service: args.service } },
      ]),
    },
    opts,
  );
  const attachments = (args.managedPolicies ?? []).map(
    (policy) =>
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy.split("/").at(-1)}`,
        { role: role.name, policyArn: managedPolicyArn(policy, args.region) },
        opts,
      ),
  );
  const inline =
    args.inlinePolicy === undefined
      ? []
      : [new aws.iam.RolePolicy(name, { name, role: role.name, policy: args.inlinePolicy }, opts)];
  return { role, ready: [role, ...attachments, ...inline] };
}

/** ARN of one of AWS's own policies; they are the same in every account of a partition. */
export function managedPolicyArn(policy: string, region: string): string {
  return `arn:${partitionOf(region)}:iam::aws:policy/${policy}`;
}
