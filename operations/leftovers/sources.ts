import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { type AwsClientOptions, explainError } from "../common/aws";
import type { Gone, Source } from "./inventory";
import type { Identity, Resource } from "./resource";
import { interfaces, listGone, ownVpcs, securityGroups, volumes } from "./sources/ec2";
import { keys } from "./sources/keys";
import { loadBalancers } from "./sources/loadBalancers";
import { logGroups } from "./sources/logGroups";
import { rolesAndPolicies } from "./sources/roles";
import { scalingGroups } from "./sources/scalingGroups";
import { tagged } from "./sources/tags";

/** How long one source may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Looks everywhere at once. A place that cannot be looked at is told, and keeps none of the others from being looked at. */
export async function lookEverywhere(
  identity: Identity,
  options: AwsClientOptions,
): Promise<{ sources: Source[]; gone: Gone }> {
  const ec2 = new EC2Client(options);
  const vpcs = ownVpcs(ec2, identity).then((found) => found.map(({ id }) => id));
  const tags = tagged(identity, options);
  // Those that go by tags and by names do without the tags when those cannot be read, which the source "tags" tells.
  const known = tags.catch((): Resource[] => []);
  const [gone, ...sources] = await Promise.all([
    listGone(ec2, identity),
    source("tags", [], () => tags),
    source("VPCs", ["ec2:vpc"], () => ownVpcs(ec2, identity)),
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

async function source(name: string, authoritative: string[], look: () => Promise<Resource[]>): Promise<Source> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS / 1000} seconds`)), TIMEOUT_MS);
  });
  try {
    return { name, authoritative, found: await Promise.race([look(), timeout]) };
  } catch (error) {
    return { name, authoritative, found: { unreadable: explainError(error) } };
  } finally {
    clearTimeout(timer);
  }
}
