import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { openApi } from "../../../../components/cluster/rawApi";
import { plainKubeconfig } from "../../../support/kubeconfig";

describe("a request to the API server", () => {
  let server: http.Server;
  let pauses = 0;
  const bodies: string[] = [];
  before(async () => {
    server = http.createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.once("end", () => {
        bodies.push(`${request.method} ${body}`);
        response.writeHead(bodies.length < 3 ? 429 : 200).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => server.close());

  it("is sent again with its body while the API server is too busy, after a pause each", async () => {
    const { ask } = await openApi(plainKubeconfig((server.address() as AddressInfo).port), () =>
      Promise.resolve(pauses++),
    );
    assert.deepEqual(await ask("/crd", { method: "PATCH", body: "schema" }), { status: 200, text: "schema" });
    assert.deepEqual([bodies, pauses], [["PATCH schema", "PATCH schema", "PATCH schema"], 2]);
  });
});
