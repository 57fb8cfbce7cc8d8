import * as assert from "node:assert/strict";
import * as http from "node:http";
import * as k8s from "@kubernetes/client-node";
import { T } from "../fakes/aws/rules";
import { CALLER } from "../fakes/aws/rules/eks";
import { prometheusOf } from "../../local/dashboards/prometheus";
import { checkPrivileges } from "../../local/prerequisites";
import { JOBS } from "../../monitoring";
import { BalancerController } from "./balancerController";
import { EksStack } from "./eksStack";
import { eventually, HUGGING_FACE_TOKEN, startEnvironment, type TestEnvironment } from "./environment";
import { VolumeDriver } from "./volumeDriver";
import { RELOAD_MS } from "./monitoring/reload";
import { PlainMesh } from "./plainMesh";
import { label, prerequisites, type Preview, type PreviewedResource } from "./preview";
import { skip } from "./skip";

/** Number of resources of some types in each stack. */
const COUNTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  dev: { [T.vpc]: 1, [T.subnet]: 4, [T.natGateway]: 1, [T.vpcEndpoint]: 1, [T.nodeGroup]: 2, [T.flowLog]: 0 },
  prod: { [T.vpc]: 1, [T.subnet]: 6, [T.natGateway]: 3, [T.vpcEndpoint]: 8, [T.nodeGroup]: 2, [T.flowLog]: 1 },
};

/** Disks of the monitoring stack's volumes. */
const MONITORING_DISKS = ["prometheus", "alertmanager"].map((part) => {
  const name = `kube-prometheus-stack-${part}`;
  return `vol-llm-d-monitoring-${part}-${name}-db-${part}-${name}-0`;
});

/** Sends a completion without TLS. The load balancer, which terminates TLS, is not in the cluster. */
function complete(address: string, port: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: "llm.example.com", "content-type": "application/json" };
    const path = "/v1/completions";
    const options = { host: address, port, path, method: "POST", timeout: 30_000, agent: false, headers };
    const request = http.request(options, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.once("timeout", () => request.destroy(new Error("no answer within 30 s")));
    request.once("error", reject);
    request.end(JSON.stringify({ model: "meta-llama/Llama-3.1-8B-Instruct", prompt: "Hello", max_tokens: 2 }));
  });
}

/** The tests of one stack of platform eks: a preview, then up, changes and destroy with the embedded cluster behind EKS. */
export function awsStackTests(name: "dev" | "prod"): void {
  const counts = COUNTS[name] ?? {};
  describe(`the ${name} stack in a preview, in an empty AWS account`, function () {
    this.timeout(900_000);
    let stack: EksStack;
    let preview: Preview;
    before(async () => {
      stack = await EksStack.open(name, { kept: true });
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

    it("has the AWS resources of its settings", () => {
      for (const [type, count] of Object.entries(counts)) assert.equal(ofType(type).length, count, type);
    });

    it("gives every AWS resource the one explicit provider and an AWS component as parent", () => {
      assert.deepEqual(ofType("pulumi:providers:aws").map(label), ["aws aws"]);
      const types = new Map(preview.resources.map(({ urn, type }) => [urn, type]));
      for (const one of preview.resources.filter(({ type }) => type.startsWith("aws:"))) {
        assert.ok(one.provider?.includes("pulumi:providers:aws::aws::"), `${label(one)}: ${one.provider}`);
        assert.match(types.get(one.parent ?? "") ?? "", /^llmd:aws:/, label(one));
      }
    });

    it("makes node groups after everything that their nodes need to join, and so deletes it after them", () => {
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

    it("makes the gateway after the load balancer controller, and the controller after its rights and nodes", () => {
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

    it("protects resources with data that exists nowhere else, when protect is on", () => {
      const kept = preview.resources.filter(({ protect, custom }) => protect === true && custom === true).map(label);
      const expected = [
        "Cluster llm-d-prod",
        "Key llm-d-prod-secrets",
        "Namespace llm-d",
        "Namespace llm-d-monitoring",
      ];
      assert.deepEqual(kept.sort(), name === "prod" ? expected : []);
    });

    it("refuses in the preview a cluster whose creator is also in adminPrincipals", async () => {
      await stack.set("llm-d:aws.cluster.adminPrincipals[0]", CALLER);
      await assert.rejects(stack.preview(), /adminPrincipals\[0\] creates the cluster/);
    });

    it("does not show the Hugging Face token in the preview", () => {
      for (const text of [HUGGING_FACE_TOKEN, Buffer.from(HUGGING_FACE_TOKEN).toString("base64")]) {
        assert.ok(!preview.text.includes(text));
      }
    });
  });

  describe(`the ${name} stack from up to destroy, with the embedded cluster behind EKS`, function () {
    this.timeout(900_000);
    let environment: TestEnvironment;
    let stack: EksStack;
    let balancers: BalancerController;
    let volumes: VolumeDriver;
    let mesh: PlainMesh;
    before(async function () {
      const problem = checkPrivileges();
      if (problem !== undefined) skip(this, problem);
      environment = await startEnvironment();
      stack = await EksStack.open(name, { cluster: environment.kubeconfig });
      balancers = new BalancerController(stack.account, environment.kubeconfig);
      balancers.start();
      volumes = new VolumeDriver(stack.account, environment.kubeconfig);
      volumes.start();
      mesh = new PlainMesh(environment.kubeconfig);
      mesh.start();
    });
    after(async function () {
      const controllers = [balancers, volumes, mesh];
      await Promise.all(controllers.map((one) => one?.stop()));
      stack?.remove();
      const failed = this.test?.parent?.tests.some(({ state }) => state === "failed") ?? true;
      if (failed) console.log(controllers.flatMap((one) => one?.problems.slice(-10) ?? []).join("\n"));
      await environment?.stop(failed);
    });

    const made = (type: string): number => stack.account.state.resources.filter((one) => one.type === type).length;

    it("can be interrupted once the cluster exists", async () => {
      const text = await stack.interruptedUp(() => made(T.cluster) > 0);
      assert.match(text, /cancel/);
      assert.equal(made(T.cluster), 1);
      assert.equal(made(T.nodeGroup), 0);
    });

    it("is completed by the next up, which makes nothing twice", async () => {
      const text = await stack.up();
      // prod terminates TLS at its load balancer, with a certificate for its host name. dev is reachable in the VPC only.
      assert.match(text, name === "prod" ? /gatewayUrl +: "https:\/\/llm\./ : /gatewayUrl +: "http:\/\//);
      for (const [type, count] of Object.entries(COUNTS[name] ?? {})) assert.equal(made(type), count, type);
      assert.equal(made(T.cluster), 1);
      assert.deepEqual(balancers.events, ["made k8s-llm-d-llm-d-infra-inference-gateway-istio"]);
    });

    it("answers through its gateway in dev, and requires a token in prod", async () => {
      const address = (await stack.pulumi("stack", "output", "gatewayAddress")).trim();
      const [port, wanted] = name === "prod" ? [443, 403] : [80, 200];
      await eventually(
        `${wanted} from the gateway`,
        240_000,
        () => complete(address, port).catch((error: unknown) => ({ status: 0, body: String(error) })),
        ({ status }) => status === wanted,
      );
    });

    it("has Prometheus and Alertmanager, each with its own volume", async () => {
      const core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
      const namespace = "llm-d-monitoring";
      for (const part of ["prometheus", "alertmanager"]) {
        const pod = `${part}-kube-prometheus-stack-${part}-0`;
        await eventually(
          `${pod} is ready`,
          240_000,
          () =>
            core.readNamespacedPod({ name: pod, namespace }).then(
              ({ status }) => status,
              () => undefined,
            ),
          (status) => status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true,
        );
      }
      assert.deepEqual([...volumes.events].sort(), MONITORING_DISKS.map((disk) => `made ${disk}`).sort());
      const found = prometheusOf(await environment.status()) ?? assert.fail("Prometheus does not run");
      const [up] = await eventually(
        "Prometheus has scraped kube-state-metrics",
        RELOAD_MS,
        () => found.query(`count(up{job="${JOBS.kubeState}"} == 1)`).catch(() => []),
        (samples) => samples.length > 0,
      );
      assert.ok(Number(up?.value[1]) > 0);
    });

    it("tags every taggable resource with its stack", () => {
      const untagged = stack.account.state.resources.filter(
        ({ outputs }) =>
          outputs.tagsAll !== undefined &&
          (outputs.tagsAll as Record<string, string>)["llm-d.ai/environment"] !== `llm-d/${name}`,
      );
      assert.deepEqual(untagged, []);
    });

    it("has no change in a second preview", async () => {
      const { changes } = await stack.preview();
      assert.deepEqual(Object.keys(changes), ["same"]);
    });

    it("updates only one node group in place when it gets one more node", async () => {
      const group = stack.account.state.resources.find(
        ({ type, inputs }) => type === T.nodeGroup && String(inputs.nodeGroupName).endsWith("-system"),
      );
      const { desiredSize } = group?.inputs.scalingConfig as { desiredSize: number };
      await stack.set("llm-d:aws.systemNodes.desiredSize", String(desiredSize + 1));
      const text = await stack.up();
      assert.match(text, /~ 1 updated/);
      assert.doesNotMatch(text, /replaced|created/);
    });

    it("refuses a destroy without --run-program, which the wait for disks needs", async () => {
      await volumes.claim("llm-d", "weights");
      await assert.rejects(stack.pulumi("destroy", "--yes", "--skip-preview"), /--run-program/);
      assert.equal(made(T.cluster), 1);
    });

    it("is destroyed completely: load balancer, disks and every AWS resource", async () => {
      await stack.destroy();
      const disks = [...MONITORING_DISKS, "vol-weights"];
      assert.deepEqual(
        [...volumes.events].sort(),
        ["made", "deleted"].flatMap((what) => disks.map((disk) => `${what} ${disk}`)).sort(),
      );
      assert.deepEqual(stack.account.contents, []);
      assert.deepEqual(balancers.events, [
        "made k8s-llm-d-llm-d-infra-inference-gateway-istio",
        "deleted k8s-llm-d-llm-d-infra-inference-gateway-istio",
      ]);
      const { items } = await environment.kubeconfig.makeApiClient(k8s.CoreV1Api).listNamespace();
      const left = items.map(({ metadata }) => metadata?.name).filter((space) => space?.startsWith("llm-d"));
      assert.deepEqual(left, []);
    });
  });
}
