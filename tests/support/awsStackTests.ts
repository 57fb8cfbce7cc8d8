import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { T } from "../../local/aws/rules";
import { CALLER } from "../../local/aws/rules/eks";
import { checkPrivileges } from "../../local/prerequisites";
import { BalancerController } from "./balancerController";
import { EksStack } from "./eksStack";
import { HUGGING_FACE_TOKEN, TestEnvironment } from "./environment";
import { VolumeDriver } from "./volumeDriver";
import { label, prerequisites, type Preview, type PreviewedResource } from "./preview";

/** What each stack makes of some types in AWS. */
const COUNTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  dev: { [T.vpc]: 1, [T.subnet]: 4, [T.natGateway]: 1, [T.vpcEndpoint]: 1, [T.nodeGroup]: 2, [T.flowLog]: 0 },
  prod: { [T.vpc]: 1, [T.subnet]: 6, [T.natGateway]: 3, [T.vpcEndpoint]: 8, [T.nodeGroup]: 2, [T.flowLog]: 1 },
};

/** The tests of one stack of platform eks: a preview from nothing, and its life on a cluster that plays that of EKS. */
export function awsStackTests(name: "dev" | "prod"): void {
  const counts = COUNTS[name] ?? {};
  describe(`the ${name} stack in a preview, with nothing in AWS yet`, function () {
    this.timeout(900_000);
    let stack: EksStack;
    let preview: Preview;
    before(async () => {
      stack = await EksStack.open(name);
      preview = await stack.preview();
    });
    after(() => stack?.remove());

    const ofType = (type: string): PreviewedResource[] => preview.resources.filter((one) => one.type === type);
    const find = (wanted: string): PreviewedResource => {
      const found = preview.resources.filter((one) => one.custom === true && label(one) === wanted);
      assert.equal(found.length, 1, `resources called "${wanted}": ${found.length}`);
      return found[0] as PreviewedResource;
    };
    const waitsFor = (then: PreviewedResource, first: PreviewedResource): void =>
      assert.ok(
        prerequisites(then, preview.resources).has(first.urn),
        `${label(then)} does not wait for ${label(first)}`,
      );

    it("has the AWS side that its settings ask for", () => {
      for (const [type, count] of Object.entries(counts)) assert.equal(ofType(type).length, count, type);
    });

    it("gives everything in AWS the one explicit provider, and keeps it in a component", () => {
      assert.deepEqual(ofType("pulumi:providers:aws").map(label), ["aws aws"]);
      const types = new Map(preview.resources.map(({ urn, type }) => [urn, type]));
      for (const one of preview.resources.filter(({ type }) => type.startsWith("aws:"))) {
        assert.ok(one.provider?.includes("pulumi:providers:aws::aws::"), `${label(one)}: ${one.provider}`);
        assert.match(types.get(one.parent ?? "") ?? "", /^llmd:aws:/, label(one));
      }
    });

    it("makes node groups after all that their nodes need to join, and deletes it after them", () => {
      for (const group of ofType(T.nodeGroup)) {
        for (const type of [T.route, T.routeTableAssociation, T.natGateway, T.internetGateway]) {
          for (const one of ofType(type)) waitsFor(group, one);
        }
        for (const addon of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]) {
          const found = ofType(T.addon).find(({ urn }) => urn.endsWith(`-${addon}`));
          assert.ok(found, addon);
          waitsFor(group, found);
        }
      }
    });

    it("makes the gateway, which gets a balancer, after the balancers' controller, and that after its rights", () => {
      const controller = find("Release aws-load-balancer-controller");
      waitsFor(find("Gateway llm-d-infra-inference-gateway"), controller);
      for (const one of ofType(T.podIdentityAssociation)) waitsFor(controller, one);
      for (const one of ofType(T.nodeGroup).filter(({ urn }) => urn.endsWith("-system"))) waitsFor(controller, one);
    });

    it("makes models after the GPU nodes", () => {
      for (const group of ofType(T.nodeGroup).filter(({ urn }) => urn.endsWith("-gpu"))) {
        waitsFor(find("Release ms"), group);
      }
    });

    it("refuses in the preview to create a cluster whose creator is an administrator beside that", async () => {
      await stack.set("llm-d:aws.cluster.adminPrincipals[0]", CALLER);
      await assert.rejects(stack.preview(), /adminPrincipals\[0\] is who creates the cluster/);
    });

    it("keeps the Hugging Face token out of the preview", () => {
      for (const text of [HUGGING_FACE_TOKEN, Buffer.from(HUGGING_FACE_TOKEN).toString("base64")]) {
        assert.ok(!preview.text.includes(text));
      }
    });
  });

  describe(`the ${name} stack from nothing to nothing, the embedded cluster playing the one of EKS`, function () {
    this.timeout(900_000);
    let environment: TestEnvironment;
    let stack: EksStack;
    let balancers: BalancerController;
    let volumes: VolumeDriver;
    before(async function () {
      if (checkPrivileges() !== undefined) this.skip();
      environment = await TestEnvironment.start();
      stack = await EksStack.open(name, { cluster: environment.kubeconfig });
      balancers = new BalancerController(stack.account, environment.kubeconfig);
      balancers.start();
      volumes = new VolumeDriver(stack.account, environment.kubeconfig);
      volumes.start();
    });
    after(async function () {
      await Promise.all([balancers?.stop(), volumes?.stop()]);
      stack?.remove();
      await environment?.stop(this.test?.parent?.tests.some(({ state }) => state === "failed") ?? true);
    });

    const made = (type: string): number => stack.account.state.resources.filter((one) => one.type === type).length;

    it("can be interrupted once the cluster is there", async () => {
      const text = await stack.interruptedUp(() => made(T.cluster) > 0);
      assert.match(text, /cancel/);
      assert.equal(made(T.cluster), 1);
      assert.equal(made(T.nodeGroup), 0);
    });

    it("goes on from there to the end, and makes nothing twice", async () => {
      const text = await stack.up();
      // prod ends TLS at its load balancer, with a certificate for its host name; dev is inside the VPC only.
      assert.match(text, name === "prod" ? /gatewayUrl +: "https:\/\/llm\./ : /gatewayUrl +: "http:\/\//);
      for (const [type, count] of Object.entries(COUNTS[name] ?? {})) assert.equal(made(type), count, type);
      assert.equal(made(T.cluster), 1);
      assert.deepEqual(balancers.events, ["made k8s-llm-d-llm-d-infra-inference-gateway-istio"]);
    });

    it("tags all that can be tagged with who made it", () => {
      const untagged = stack.account.state.resources.filter(
        ({ outputs }) =>
          outputs.tagsAll !== undefined &&
          (outputs.tagsAll as Record<string, string>)["llm-d.ai/environment"] !== `llm-d/${name}`,
      );
      assert.deepEqual(untagged, []);
    });

    it("has nothing to do in a preview without a change", async () => {
      const { changes } = await stack.preview();
      assert.deepEqual(Object.keys(changes), ["same"]);
    });

    it("changes one node group, in place, for one node more", async () => {
      const group = stack.account.state.resources.find(
        ({ type, inputs }) => type === T.nodeGroup && String(inputs.nodeGroupName).endsWith("-system"),
      );
      const { desiredSize } = group?.inputs.scalingConfig as { desiredSize: number };
      await stack.set("llm-d:aws.systemNodes.desiredSize", String(desiredSize + 1));
      const text = await stack.up();
      assert.match(text, /~ 1 updated/);
      assert.doesNotMatch(text, /replaced|created/);
    });

    it("is not destroyed without what waits for the disks of its volumes", async () => {
      await volumes.claim("llm-d", "weights");
      await assert.rejects(stack.pulumi("destroy", "--yes", "--skip-preview"), /--run-program/);
      assert.equal(made(T.cluster), 1);
    });

    it("is destroyed whole: balancer and disks before what deletes them, and everything in AWS", async () => {
      await stack.destroy();
      assert.deepEqual(volumes.events, ["made vol-weights", "deleted vol-weights"]);
      assert.deepEqual(stack.account.contents, []);
      assert.deepEqual(balancers.events, [
        "made k8s-llm-d-llm-d-infra-inference-gateway-istio",
        "deleted k8s-llm-d-llm-d-infra-inference-gateway-istio",
      ]);
      const { items } = await environment.kubeconfig.makeApiClient(k8s.CoreV1Api).listNamespace();
      assert.ok(!items.some(({ metadata }) => metadata?.name === "llm-d"));
    });
  });
}
