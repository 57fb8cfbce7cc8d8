import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { crdBundle } from "../../../../components/charts/crdBundle";
import type { CrdManifest } from "../../../../components/charts/crdManifests";
import { helmRelease } from "../../../../components/charts/release";
import type { Installation } from "../../../../components/installation";
import type { ChartValues } from "../../../../components/charts/values";
import { loadBalancerPolicy } from "./loadBalancerPolicy";
import { NODE_GROUP_LABEL } from "./nodeTemplate";
import { podIdentity, podIdentityRole } from "./podIdentity";
import { policyDocument } from "./serviceRole";

/** Arguments of the load balancer controller. */
export interface LoadBalancerControllerArgs {
  readonly installation: Installation;
  readonly crds: readonly CrdManifest[];
  readonly clusterName: pulumi.Input<string>;
  /** What objects inside the cluster are gone with. */
  readonly eksCluster?: pulumi.Resource;
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

/** The AWS Load Balancer Controller: makes a network load balancer for the gateway's Service, and removes it with it. */
export class LoadBalancerController extends pulumi.ComponentResource {
  /** Name of the Helm release, known once the controller is ready. */
  readonly releaseName: pulumi.Output<string>;

  /** @param name Prefix of the names of what it has in AWS. */
  constructor(name: string, args: LoadBalancerControllerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:aws:LoadBalancerController", name, {}, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);
    const inCluster = (...more: pulumi.Resource[]) => ({ ...child(...more), deletedWith: args.eksCluster });
    const crds = crdBundle(args, inCluster());
    const { role, ready } = podIdentityRole(
      `${name}-load-balancer`,
      {
        region: args.region,
        inlinePolicy: pulumi
          .output(args.clusterName)
          .apply((clusterName) => policyDocument(loadBalancerPolicy(clusterName, args.region))),
      },
      child(),
    );
    const identity = podIdentity(
      `${name}-load-balancer`,
      { clusterName: args.clusterName, namespace: NAMESPACE, serviceAccount: CONTROLLER, roleArn: role.arn },
      child(...ready),
    );
    const release = helmRelease(
      CONTROLLER,
      {
        installation: args.installation,
        chart: CONTROLLER,
        releaseName: CONTROLLER,
        namespace: NAMESPACE,
        values: loadBalancerControllerValues({
          clusterName: args.clusterName,
          vpcId: args.vpcId,
          region: args.region,
          tags: args.tags,
        }),
        timeoutSeconds: args.timeoutSeconds,
      },
      inCluster(identity, ...crds),
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}

/** Values of the chart. */
export function loadBalancerControllerValues(args: {
  readonly clusterName: pulumi.Input<string>;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}): ChartValues {
  return {
    clusterName: args.clusterName,
    // Told, because pods do not reach the instance metadata where it would look these up.
    region: args.region,
    vpcId: args.vpcId,
    replicaCount: 2,
    serviceAccount: { create: true, name: CONTROLLER },
    nodeSelector: { [NODE_GROUP_LABEL]: "system" },
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    defaultTags: { ...args.tags },
    // A new certificate at each upgrade would leave its webhooks refusing requests until all pods have it.
    keepTLSSecret: true,
    // It is asked for by annotation. The webhook would make every Service of the cluster wait for the controller.
    enableServiceMutatorWebhook: false,
    // Nothing here is an Ingress or needs these services, and the role has no rights for them.
    createIngressClassResource: false,
    ingressClassParams: { create: false },
    enableShield: false,
    enableWaf: false,
    enableWafv2: false,
    // Gateways are Istio's.
    controllerConfig: { featureGates: { NLBGatewayAPI: false, ALBGatewayAPI: false } },
  };
}

/**
 * Annotations of a Service that the controller makes a network load balancer for: `external` takes it away from the
 * controller inside EKS, and `ip` sends traffic to the pods without a way over another node.
 */
export const NETWORK_LOAD_BALANCER_ANNOTATIONS: Readonly<Record<string, string>> = {
  "service.beta.kubernetes.io/aws-load-balancer-type": "external",
  "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
};
