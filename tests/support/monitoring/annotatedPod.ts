import * as k8s from "@kubernetes/client-node";
import type { TestEnvironment } from "../environment";

const PORT = 9123;
const PATH = "/custom/metrics";

/** A user's program with metrics. It sends no content type, and asks for scraping by annotations. */
const PROGRAM = `require("node:http").createServer((request, response) =>
  request.url === "${PATH}" ? response.end("answer_to_everything 42\\n") : response.writeHead(404).end()).listen(${PORT})`;

/** A pod that asks for scraping by annotations, and its Service. */
export function annotatedPod(environment: TestEnvironment): {
  readonly name: string;
  create(): Promise<void>;
  remove(): Promise<void>;
} {
  const name = "annotated";
  const namespace = "llm-d";
  const core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
  const labels = { app: name };
  const annotations = {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(PORT),
    "prometheus.io/path": PATH,
  };
  return {
    name,
    create: async () => {
      await core.createNamespacedPod({
        namespace,
        body: {
          metadata: { name, labels, annotations },
          spec: {
            automountServiceAccountToken: false,
            containers: [{ name, image: "docker.io/library/node:22", command: ["node", "-e", PROGRAM] }],
          },
        },
      });
      // istiod sends the new Service to the gateway, and records the time that this takes.
      await core.createNamespacedService({
        namespace,
        body: { metadata: { name }, spec: { selector: labels, ports: [{ name: "http", port: PORT }] } },
      });
    },
    remove: async () => {
      await core.deleteNamespacedService({ name, namespace });
      await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
    },
  };
}
