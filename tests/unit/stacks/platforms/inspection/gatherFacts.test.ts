import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { apiReader, type ReadApi } from "../../../../../stacks/platforms/inspection/apiReader";
import { gatherFacts } from "../../../../../stacks/platforms/inspection/gatherFacts";
import { plainKubeconfig } from "../../../../support/kubeconfig";

type Answers = Readonly<Record<string, unknown>>;

/** An API server with these answers. Any other path does not exist. */
function api(answers: Answers): ReadApi {
  return <T>(path: string) => {
    const answer = answers[path];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T | undefined);
  };
}

const items = (...found: object[]): object => ({ items: found });
const named = (name: string, more: object = {}): object => ({ metadata: { name, ...more } });
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const ARGS = { crds: new Set(["a.example.com"]) };

describe("the facts of a cluster", () => {
  it("are almost empty on a new cluster, where most APIs do not exist", async () => {
    assert.deepEqual(await gatherFacts(api({ "/version": { gitVersion: "v1.28.0" } }), ARGS), {
      kubernetes: "v1.28.0",
      crds: [],
      namespaces: {},
      istiods: [],
      webhooks: [],
      gatewayClasses: [],
      gpuOperators: [],
      devicePlugins: [],
      admissionPolicies: [],
      openshift: undefined,
    });
  });

  it("include everything that may conflict, and the served versions of the relevant CRDs", async () => {
    const istio = { labels: { "istio.io/rev": "default" } };
    const facts = await gatherFacts(
      api({
        "/version": { gitVersion: "v1.33.4" },
        [CRDS]: items(named("a.example.com", { annotations: { release: "v1" } }), named("b.example.com")),
        [`${CRDS}/a.example.com`]: {
          ...named("a.example.com"),
          spec: {
            versions: [
              { name: "v1", served: true },
              { name: "v0", served: false },
            ],
          },
        },
        "/api/v1/namespaces": items(named("llm-d"), named("old", { deletionTimestamp: "2026-01-01T00:00:00Z" })),
        "/apis/apps/v1/deployments": items(
          named("istiod-1-26", { namespace: "mesh", labels: { app: "istiod" } }),
          named("gpu-operator", { namespace: "nvidia", labels: { app: "other" } }),
          named("web", { namespace: "default" }),
        ),
        "/apis/apps/v1/daemonsets": items(
          named("nvidia-device-plugin-daemonset", { namespace: "kube-system" }),
          named("kube-proxy", { namespace: "kube-system" }),
        ),
        [WEBHOOKS]: items(
          { ...named("injector", istio), webhooks: [{ clientConfig: { service: { namespace: "mesh" } } }] },
          { ...named("remote", istio), webhooks: [{ clientConfig: {} }] },
          named("cert-manager-webhook", { labels: { app: "webhook" } }),
        ),
        "/apis/gateway.networking.k8s.io/v1/gatewayclasses": items({
          ...named("istio"),
          spec: { controllerName: "istio.io/gateway-controller" },
        }),
        "/apis/config.openshift.io/v1/clusterversions/version": {
          status: {
            desired: { version: "4.19.0" },
            history: [
              { state: "Partial", version: "4.19.0" },
              { state: "Completed", version: "4.18.3" },
            ],
          },
        },
        "/apis/security.openshift.io/v1/securitycontextconstraints/anyuid": named("anyuid"),
        "/apis/operators.coreos.com/v1alpha1/clusterserviceversions": items(named("a.v1", { namespace: "operators" })),
      }),
      ARGS,
    );
    assert.deepEqual(facts, {
      kubernetes: "v1.33.4",
      crds: [
        { name: "a.example.com", annotations: { release: "v1" }, served: ["v1"] },
        { name: "b.example.com", annotations: {}, served: [] },
      ],
      namespaces: { "llm-d": { annotations: {} } },
      istiods: [{ namespace: "mesh", name: "istiod-1-26" }],
      webhooks: [
        { name: "injector", namespace: "mesh" },
        { name: "remote", namespace: undefined },
      ],
      gatewayClasses: [{ name: "istio", controller: "istio.io/gateway-controller" }],
      gpuOperators: [{ namespace: "nvidia", name: "gpu-operator" }],
      devicePlugins: [{ namespace: "kube-system", name: "nvidia-device-plugin-daemonset" }],
      admissionPolicies: [],
      openshift: {
        // During the update to 4.19.0, the cluster still runs the release before.
        version: "4.18.3",
        anyuid: { constraints: true, role: false },
        operators: [{ namespace: "operators", name: "a.v1" }],
      },
    });
  });

  it("are refused when a part cannot be read, and the error lists each refusal once", async () => {
    const forbidden = new Error("/x answered 403: forbidden");
    await assert.rejects(
      gatherFacts(api({ "/version": { gitVersion: "v1.33.4" }, [CRDS]: forbidden, [WEBHOOKS]: forbidden }), ARGS),
      /cannot be inspected.*\n {2}- \/x answered 403: forbidden\nThe user of the kubeconfig must be a cluster administrator/,
    );
  });

  it("are refused with only one error when the cluster does not answer", async () => {
    await assert.rejects(
      gatherFacts(api({ "/version": new Error("no answer within 30 s") }), ARGS),
      /^Error: no answer/,
    );
  });
});

describe("reading the API server", () => {
  let server: http.Server;
  let read: ReadApi;
  let asked = 0;
  before(async () => {
    server = http.createServer((request, response) => {
      const { url = "", headers } = request;
      if (url === "/missing") response.writeHead(404).end("{}");
      else if (url === "/forbidden") response.writeHead(403).end(JSON.stringify({ message: "user may not" }));
      else if (url === "/busy" || (url === "/initializing" && ++asked < 3)) response.writeHead(429).end("{}");
      else if (url === "/proxy") response.writeHead(502).end("<html>bad gateway");
      else response.end(JSON.stringify({ url, accept: headers.accept, token: headers.authorization }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    read = await apiReader(plainKubeconfig(port, { token: "secret" }), () => Promise.resolve());
  });
  after(() => server.close());

  it("retries when the API server answers 429, and gives up in the end", async () => {
    assert.deepEqual((await read<{ url: string }>("/initializing"))?.url, "/initializing");
    await assert.rejects(read("/busy"), /answered 429/);
  });

  it("sends the user's credentials, and requests only metadata when asked to", async () => {
    assert.deepEqual(await read("/version"), { url: "/version", accept: "application/json", token: "Bearer secret" });
    const { accept } = (await read<{ accept: string }>("/apis", { metadataOnly: true })) ?? { accept: "" };
    assert.match(accept, /as=PartialObjectMetadataList/);
  });

  it("returns undefined for a missing object, and fails with the address and status of any other error", async () => {
    assert.equal(await read("/missing"), undefined);
    await assert.rejects(read("/forbidden"), /http:\/\/127\.0\.0\.1:\d+\/\/?forbidden answered 403: user may not/);
    await assert.rejects(read("/proxy"), /answered 502: <html>bad gateway/);
  });

  it("fails with the address when no server answers", async () => {
    const nobody = await apiReader(plainKubeconfig(1));
    await assert.rejects(nobody("/version"), /http:\/\/127\.0\.0\.1:1 cannot be read: .*ECONNREFUSED/);
  });
});
