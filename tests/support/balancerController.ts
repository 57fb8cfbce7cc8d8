import * as k8s from "@kubernetes/client-node";
import { T } from "../fakes/aws/rules";
import type { AwsAccount } from "./aws";
import { FakeController } from "./fakeController";

/** The AWS Load Balancer Controller's finalizer. It keeps a Service until its load balancer is deleted. */
const FINALIZER = "service.k8s.aws/resources";
const CONTROLLER = "aws-load-balancer-controller";

/**
 * Fake AWS Load Balancer Controller. In the fake account, it creates a load balancer and a security group for each Service that
 * asks for them, and deletes them with the Service. It works only while its Deployment exists. Its events are `made NAME` and
 * `deleted NAME`.
 */
export class BalancerController extends FakeController {
  private readonly core: k8s.CoreV1Api;
  private readonly apps: k8s.AppsV1Api;

  constructor(
    private readonly account: AwsAccount,
    cluster: k8s.KubeConfig,
  ) {
    super();
    this.core = cluster.makeApiClient(k8s.CoreV1Api);
    this.apps = cluster.makeApiClient(k8s.AppsV1Api);
  }

  private async installed(): Promise<boolean> {
    try {
      const { metadata } = await this.apps.readNamespacedDeployment({ name: CONTROLLER, namespace: "kube-system" });
      return metadata?.deletionTimestamp === undefined;
    } catch {
      return false;
    }
  }

  protected async reconcile(): Promise<void> {
    if (!(await this.installed())) return;
    const { items } = await this.core.listServiceForAllNamespaces();
    for (const { metadata, spec } of items) {
      const wanted = metadata?.annotations?.["service.beta.kubernetes.io/aws-load-balancer-type"] === "external";
      if (spec?.type !== "LoadBalancer" || !wanted) continue;
      const { name = "", namespace = "", finalizers = [], deletionTimestamp } = metadata;
      const id = `k8s-${namespace}-${name}`;
      const patch = (value: string[]) =>
        this.core.patchNamespacedService({
          name,
          namespace,
          body: [{ op: finalizers.length > 0 ? "replace" : "add", path: "/metadata/finalizers", value }],
        });
      // Each step can be repeated, so the next reconciliation continues after a failure.
      if (deletionTimestamp === undefined) {
        if (!finalizers.includes(FINALIZER)) await patch([...finalizers, FINALIZER]);
        if (this.account.state.foreign.some((one) => one.id === id)) continue;
        this.make(id, metadata.annotations?.["service.beta.kubernetes.io/aws-load-balancer-scheme"] !== "internal");
      } else if (finalizers.includes(FINALIZER)) {
        this.account.uproot(id);
        this.account.uproot(`sg-${id}`);
        await patch(finalizers.filter((one) => one !== FINALIZER));
        this.events.push(`deleted ${id}`);
      }
    }
  }

  private make(id: string, isPublic: boolean): void {
    const role = isPublic ? "kubernetes.io/role/elb" : "kubernetes.io/role/internal-elb";
    const subnetIds = this.account.state.resources
      .filter(({ type, outputs }) => type === T.subnet && role in ((outputs.tagsAll ?? {}) as object))
      .map((subnet) => subnet.id);
    if (subnetIds.length === 0) throw new Error(`no subnet is tagged ${role}`);
    const vpcId = this.account.only(T.vpc);
    const madeBy = CONTROLLER;
    this.account.plant({ kind: "securityGroup", id: `sg-${id}`, madeBy, vpcId });
    this.account.plant({
      kind: "loadBalancer",
      id,
      madeBy,
      vpcId,
      subnetIds,
      securityGroupIds: [`sg-${id}`],
      public: isPublic,
    });
    this.events.push(`made ${id}`);
  }
}
