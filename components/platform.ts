import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ChartValues } from "./charts/values";
import type { CrdProvider } from "./crds/customResourceDefinition";

/** What differs between platforms before anything is made: defaults, and what is possible there. */
export interface PlatformFacts {
  /** Who installs the GPU operator. @see `gpu.operator` */
  readonly gpuOperator: "helm" | "olm" | "preinstalled";
  /** Whether the nodes' image has NVIDIA's driver and container toolkit. */
  readonly driverInImage: boolean;
  /** Whether operators can come from OLM. */
  readonly olm: boolean;
  /** Who runs Prometheus. @see `monitoring.mode` */
  readonly monitoringMode: "stack" | "openshift";
  /** Whether Prometheus keeps its samples on a volume. @see `monitoring.storage.persistent` */
  readonly persistentStorage: boolean;
  /** Whether the way in is a Route of OpenShift. */
  readonly routes: boolean;
  /** The cloud whose load balancers stand before the gateway; undefined where the program does not know. */
  readonly cloud?: "aws";
}

/** The cluster that an environment is installed into. */
export interface Cluster {
  /** The one provider that every Kubernetes resource gets. */
  readonly provider: k8s.Provider;
  /** The one provider that every CRD gets. */
  readonly crdProvider: CrdProvider;
  /** Content of the kubeconfig, with this cluster alone; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /**
   * The resource whose deletion deletes all Kubernetes objects: the cluster, where the program makes it. The objects then
   * need no deletion one by one. Objects that own something outside of the cluster must not use this.
   */
  readonly deletedWith?: pulumi.Resource;
}

/** A service account of one namespace. */
export interface ServiceAccount {
  readonly namespace: pulumi.Input<string>;
  readonly name: string;
}

/** The Service of the gateway. */
export interface GatewayService {
  /** `ClusterIP` where something else than a load balancer lets requests in. */
  readonly type: "LoadBalancer" | "ClusterIP";
  /** Name of a Secret that the platform fills with a certificate for the Service. @default none */
  readonly servingSecret?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a platform needs to know of the gateway to expose it. */
export interface ExposedGateway {
  readonly namespace: pulumi.Output<string>;
  readonly serviceName: pulumi.Output<string>;
  /** Name of the Service's port. */
  readonly portName: string;
  /** The URL by its own load balancer. */
  readonly url: pulumi.Output<string>;
}

/** What the layers of an environment ask of the platform. */
export interface Platform {
  readonly cluster: Cluster;
  /** Values that Istio needs here. The user's own go over them. */
  readonly istioValues: Readonly<ChartValues>;
  readonly gatewayService: GatewayService;
  /** Lets the pods of a service account run as the user that they ask for. Those pods have to wait for the result. */
  admit(name: string, account: ServiceAccount, opts: pulumi.ComponentResourceOptions): readonly pulumi.Resource[];
  /** Makes the gateway reachable from outside, and returns its URL. */
  expose(gateway: ExposedGateway, opts: pulumi.ComponentResourceOptions): pulumi.Output<string>;
}
