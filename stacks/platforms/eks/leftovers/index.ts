import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import type { Found, Identity, Resource, Source } from "../../operations";
import { explainError } from "../awsClient";
import { deletedIds, interfaces, ownVpcs, scalingGroups, securityGroups, volumes } from "./ec2";
import { keys } from "./keys";
import { loadBalancers } from "./loadBalancers";
import { logGroups } from "./logGroups";
import { rolesAndPolicies } from "./roles";
import { taggedResources } from "./tagged";

/** How long one source may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Searches all sources in parallel. A source that cannot be read is reported, and does not stop the others. */
export async function searchAws(identity: Identity): Promise<Found> {
  const options = { region: identity.region };
  const ec2 = new EC2Client(options);
  const ownVpcResources = ownVpcs(ec2, identity);
  const vpcs = ownVpcResources.then((found) => found.map(({ id }) => id));
  const tagged = taggedResources(identity);
  // Keys and log groups are also found by name. The source "tags" reports it when the tags cannot be read.
  const known = tagged.catch((): Resource[] => []);
  const [gone, ...sources] = await Promise.all([
    deletedIds(ec2, identity),
    source("tags", [], () => tagged),
    source("VPCs", ["ec2:vpc"], () => ownVpcResources),
    source("network interfaces", ["ec2:network-interface"], async () => interfaces(ec2, identity, await vpcs)),
    source("security groups", ["ec2:security-group"], async () => securityGroups(ec2, identity, await vpcs)),
    source("volumes", ["ec2:volume"], () => volumes(ec2, identity)),
    source("load balancers", ["elasticloadbalancing:loadbalancer", "elasticloadbalancing:targetgroup"], async () =>
      loadBalancers(new ElasticLoadBalancingV2Client(options), identity, await vpcs),
    ),
    source("Auto Scaling groups", ["autoscaling:autoScalingGroup"], () =>
      scalingGroups(new AutoScalingClient(options), identity),
    ),
    source("IAM roles and policies", ["iam:role", "iam:policy", "iam:instance-profile"], () =>
      rolesAndPolicies(new IAMClient(options), identity),
    ),
    source("KMS keys", ["kms:key", "kms:alias"], async () => keys(new KMSClient(options), identity, await known)),
    source("log groups", ["logs:log-group"], async () =>
      logGroups(new CloudWatchLogsClient(options), identity, await known),
    ),
  ]);
  return { gone, sources };
}

async function source(name: string, authoritative: string[], search: () => Promise<Resource[]>): Promise<Source> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS / 1000} seconds`)), TIMEOUT_MS);
  });
  try {
    return { name, authoritative, found: await Promise.race([search(), timeout]) };
  } catch (error) {
    return { name, authoritative, found: { unreadable: explainError(error) } };
  } finally {
    clearTimeout(timer);
  }
}
