import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as fs from "node:fs";
import * as k8s from "@kubernetes/client-node";
import { parseDocument } from "yaml";

/** A cluster that reports another version. */
export interface OldCluster {
  /** Text of its kubeconfig. */
  readonly kubeconfig: string;
  stop(): void;
}

/**
 * A read-only proxy of the API server that reports another version.
 *
 * @param file path of the API server's kubeconfig
 */
export async function oldCluster(file: string, gitVersion: string): Promise<OldCluster> {
  const config = new k8s.KubeConfig();
  config.loadFromFile(file);
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const address = config.getCurrentCluster()?.server ?? "";
  const server = http.createServer((request, response) => {
    if (request.url === "/version") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ major: "1", minor: "27", gitVersion }));
      return;
    }
    const { accept } = request.headers;
    const headers = { ...options.headers, ...(accept === undefined ? {} : { accept }) };
    https
      .get(`${address}${request.url}`, { ...options, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, { "content-type": answer.headers["content-type"] ?? "" });
        answer.pipe(response);
      })
      .once("error", () => response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const cluster = ["clusters", 0, "cluster"];
  const kubeconfig = parseDocument(fs.readFileSync(file, "utf8"));
  kubeconfig.setIn([...cluster, "server"], `http://127.0.0.1:${port}`);
  // With certificate checks, clients refuse plain HTTP.
  kubeconfig.deleteIn([...cluster, "certificate-authority-data"]);
  kubeconfig.setIn([...cluster, "insecure-skip-tls-verify"], true);
  return {
    kubeconfig: kubeconfig.toString(),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
