import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { crdBundle } from "../../../../components/crds/crdBundle";
import type { CrdManifest } from "../../../../components/crds/crdManifests";
import { helmRelease } from "../../../../components/charts/release";
import type { Installation } from "../../../../components/installation";
import type { ChartValues } from "../../../../components/charts/values";
import { loadBalancerPolicy } from "./loadBalancerPolicy";
import { NODE_GROUP_LABEL } from "./nodeTemplate";
import { podIdentityRole, policyDocument } from "./serviceRole";

/** Arguments of the load balancer controller. */
export interface LoadBalancerControllerArgs {
  readonly installation: Installation;
  readonly crds: readonly CrdManifest[];
  readonly clusterName: pulumi.Input<string>;
  /** The cluster, for `deletedWith` of the objects inside it. */
  readonly eksCluster?: pulumi.Resource;
  /**
   * Prefix of the Pulumi names of objects inside the cluster. A stack with two clusters sets it for the second one.
   *
   * @default none
   */
  readonly objectPrefix?: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Tags of the balancers, target groups and security groups that it makes. */
  readonly tags: Readonly<Record<string, string>>;
  /** How long to wait until it is ready, in seconds. */
  readonly timeoutSeconds: number;
}

/** Name of the chart, its release and its service account. */
const CONTROLLER = "aws-load-balancer-controller";
const NAMESPACE = "kube-system";

/** The AWS Load Balancer Controller. It makes and deletes the network load balancer of the gateway's Service. */
export class LoadBalancerController extends pulumi.ComponentResource {
  /** Name of the Helm release, known once the controller is ready. */
  readonly releaseName: pulumi.Output<string>;

  /** @param name Prefix of the names of its resources in AWS. */
  constructor(name: string, args: LoadBalancerControllerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:aws:LoadBalancerController", name, args, opts);
    const { clusterName, region, vpcId, tags, objectPrefix = "" } = args;
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);
    const inCluster = (...more: pulumi.Resource[]) => ({ ...child(...more), deletedWith: args.eksCluster });

    const crds = crdBundle(args, inCluster());
    const { role, ready } = podIdentityRole(
      `${name}-load-balancer`,
      {
        region,
        inlinePolicy: pulumi.output(clusterName).apply((known) => policyDocument(loadBalancerPolicy(known, region))),
      },
      child(),
    );
    // Pods get the role only if the association exists when they are created.
    const identity = new aws.eks.PodIdentityAssociation(
      `${name}-load-balancer`,
      { clusterName, namespace: NAMESPACE, serviceAccount: CONTROLLER, roleArn: role.arn },
      child(...ready),
    );
    const release = helmRelease(
      `${objectPrefix}${CONTROLLER}`,
      {
        installation: args.installation,
        chart: CONTROLLER,
        releaseName: CONTROLLER,
        namespace: NAMESPACE,
        values: loadBalancerControllerValues({ clusterName, vpcId, region, tags }),
        timeoutSeconds: args.timeoutSeconds,
      },
      inCluster(identity, ...crds),
    );

    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}

/** Values of the chart. */
export function loadBalancerControllerValues(
  args: Pick<LoadBalancerControllerArgs, "clusterName" | "region" | "vpcId" | "tags">,
): ChartValues {
  return {
    clusterName: args.clusterName,
    // By default it reads these from the instance metadata, which pods cannot reach here.
    region: args.region,
    vpcId: args.vpcId,
    replicaCount: 2,
    serviceAccount: { create: true, name: CONTROLLER },
    nodeSelector: { [NODE_GROUP_LABEL]: "system" },
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    defaultTags: { ...args.tags },
    // With a new certificate at each upgrade, its webhooks would refuse requests until all pods have it.
    keepTLSSecret: true,
    // The gateway's Service chooses it by annotation. The webhook would make every Service depend on the controller.
    enableServiceMutatorWebhook: false,
    // There are no Ingresses, and the role has no rights for these services.
    createIngressClassResource: false,
    ingressClassParams: { create: false },
    enableShield: false,
    enableWaf: false,
    enableWafv2: false,
    // Istio owns all Gateways.
    controllerConfig: { featureGates: { NLBGatewayAPI: false, ALBGatewayAPI: false } },
  };
}

/**
 * Annotations of a Service that gets a network load balancer: `external` selects this controller instead of the one inside
 * EKS, and `ip` sends traffic directly to the pods.
 */
export const NETWORK_LOAD_BALANCER_ANNOTATIONS: Readonly<Record<string, string>> = {
  "service.beta.kubernetes.io/aws-load-balancer-type": "external",
  "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
};
