import type * as pulumi from "@pulumi/pulumi";
import type { Wanted } from "./inspection/inspection";
import type { InferenceGateway } from "../../components/gateway/inferenceGateway";
import type { ChartValues } from "../../components/charts/values";
import type { EnvironmentConfig } from "../config";
import { type Cluster, EXISTING_FOUNDATION, type Foundation } from "./cluster";
import { eksPlatform, type FoundationArgs } from "./eks";
import { existingPlatform } from "./existing";
import { localCluster } from "./local";
import { openshiftPlatform } from "./openshift";

/** A service account of one namespace. */
export interface ServiceAccount {
  readonly namespace: pulumi.Input<string>;
  readonly name: string;
}

/** What an environment runs on, and what is different there. */
export interface Platform {
  readonly cluster: Cluster;
  /**
   * Looks at a cluster that the program did not make, in previews too, before any resource is declared.
   *
   * @throws Error that lists everything that is in the way, each with what to do
   */
  inspect(wanted: Wanted): Promise<void>;
  /** Makes what everything else in the cluster stands on. */
  foundation(args: FoundationArgs): Foundation;
  /** Values that Istio needs here; the user's own go over them. */
  readonly istioValues: Readonly<ChartValues>;
  /** Lets the pods of a service account run as the user they ask for; what they are has to wait for the result. */
  admit(name: string, account: ServiceAccount, opts: pulumi.ComponentResourceOptions): readonly pulumi.Resource[];
  readonly gatewayService: GatewayService;
  /** Makes the gateway reachable from outside and returns its URL. */
  expose(gateway: InferenceGateway, opts: pulumi.ComponentResourceOptions): pulumi.Output<string>;
}

/** What stands before the gateway. */
export interface GatewayService {
  /** `ClusterIP` where something else than a load balancer lets requests in, and lets only the right ones in. */
  readonly type: "LoadBalancer" | "ClusterIP";
  /** Name of a Secret that the platform fills with a certificate for the Service; undefined where it makes none. */
  readonly servingSecret?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is the same on every platform that is plain Kubernetes. */
export const PLAIN_KUBERNETES: Omit<Platform, "cluster" | "inspect" | "foundation"> = {
  istioValues: {},
  admit: () => [],
  gatewayService: { type: "LoadBalancer", annotations: {} },
  expose: (gateway) => gateway.url,
};

/**
 * The platform that is configured: a cluster that exists, or one that is made first.
 *
 * @param owner Who makes it: `<project>/<stack>`.
 * @param root The project's folder, which relative paths of the configuration start from.
 */
export async function platformOf(config: EnvironmentConfig, owner: string, root: string): Promise<Platform> {
  switch (config.platform) {
    case "local":
      return {
        ...PLAIN_KUBERNETES,
        cluster: localCluster(config.kubernetes, root),
        inspect: () => Promise.resolve(),
        foundation: () => EXISTING_FOUNDATION,
      };
    case "existing":
      return { ...PLAIN_KUBERNETES, ...existingPlatform(config, root) };
    case "openshift":
      return openshiftPlatform(config, root);
    case "eks":
      if (config.aws === undefined) throw new Error("aws is not set");
      // Its cluster may not be there yet, and nobody else has been in it.
      return {
        ...PLAIN_KUBERNETES,
        ...(await eksPlatform(config.aws, owner, config.protect)),
        inspect: () => Promise.resolve(),
      };
  }
}
