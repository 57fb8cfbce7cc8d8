import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http2 from "node:http2";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import type { V1EndpointSlice, V1Service } from "@kubernetes/client-node";

import { Forwarder } from "../../../local/agent/forwarder";
import { hostsFile, rewrite } from "../../../local/agent/hosts";
import { admits, targetsOf } from "../../../local/agent/loadBalancer";
import { healthOf, healthRequest, portNumber, probeOnce } from "../../../local/agent/probes";

const SERVICE: V1Service = {
  metadata: { name: "gw", namespace: "llm-d" },
  spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] },
};

function slice(addresses: [string, boolean | undefined][]): V1EndpointSlice {
  return {
    metadata: { name: "gw-1", namespace: "llm-d", labels: { "kubernetes.io/service-name": "gw" } },
    addressType: "IPv4",
    ports: [
      { name: "metrics", port: 9090 },
      { name: "http", port: 8080 },
    ],
    endpoints: addresses.map(([address, ready]) => ({ addresses: [address], conditions: { ready } })),
  };
}

const answers = (address: string): boolean => address.startsWith("10.244.1.");

describe("the pods' /etc/hosts", () => {
  it("maps each Service to its first ready pod that is a process", () => {
    const text = hostsFile({
      services: [SERVICE, { metadata: { name: "simulated", namespace: "x" } }],
      slices: [
        slice([
          ["10.244.1.3", false],
          ["10.244.128.2", true],
          ["10.244.1.9", true],
          ["10.244.1.5", undefined],
        ]),
      ],
      pods: [{ metadata: { name: "pod-a" }, status: { podIP: "10.244.1.5" } }],
      answers,
      apiServer: "10.96.0.1",
    });
    assert.equal(
      text,
      [
        "127.0.0.1 localhost",
        "10.244.1.5 gw.llm-d gw.llm-d.svc gw.llm-d.svc.cluster.local",
        "10.96.0.1 kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local",
        "10.244.1.5 pod-a",
        "",
      ].join("\n"),
    );
  });

  it("keeps its inode when it is rewritten, because pods have it mounted", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "agent-hosts-"));
    const file = path.join(folder, "hosts");
    rewrite(file, "a longer text\n");
    const inode = fs.statSync(file).ino;
    rewrite(file, "short\n");
    assert.deepEqual([fs.readFileSync(file, "utf8"), fs.statSync(file).ino], ["short\n", inode]);
    fs.rmSync(folder, { recursive: true });
  });
});

describe("the load balancer", () => {
  it("forwards to the ready endpoints at the pods' own port", () => {
    const slices = [
      slice([
        ["10.244.1.9", true],
        ["10.244.1.3", false],
        ["10.244.1.4", true],
        ["10.244.128.1", true],
      ]),
    ];
    assert.deepEqual(targetsOf(SERVICE, 80, slices, answers), [
      { host: "10.244.1.4", port: 8080 },
      { host: "10.244.1.9", port: 8080 },
    ]);
  });

  it("admits the clients in the Service's source ranges, and every client without ranges", () => {
    const limited: V1Service = { spec: { loadBalancerSourceRanges: ["203.0.113.0/24", "2001:db8::/32"] } };
    assert.ok(admits({ spec: {} }, "192.0.2.1"));
    assert.ok(admits(limited, "203.0.113.9") && admits(limited, "2001:db8::9"));
    assert.ok(!admits(limited, "203.0.114.9") && !admits(limited, "2001:db9::9"));
  });

  it("forwards round robin, and skips targets that do not answer", async () => {
    const servers = await Promise.all(
      ["a", "b"].map((name) => listening(net.createServer((socket) => socket.end(name)))),
    );
    const closed = await listening(net.createServer());
    const targets = [closed, ...servers].map((server) => ({ host: "127.0.0.1", port: portOf(server) }));
    await new Promise((resolve) => closed.close(resolve));
    const forwarder = new Forwarder(() => targets);
    await forwarder.listen("127.0.0.1", 0);
    const port = portOf((forwarder as unknown as { server: net.Server }).server);
    const answered: string[] = [];
    for (let n = 0; n < 3; n++) answered.push(await readAll(port));
    assert.deepEqual(answered, ["a", "a", "b"]);
    await forwarder.close();
    for (const server of servers) server.close();
  });
});

describe("probes", () => {
  it("find ports by number and by name", () => {
    const ports = [{ name: "http", containerPort: 8000 }];
    assert.deepEqual([portNumber(80, ports), portNumber("81", ports), portNumber("http", ports)], [80, 81, 8000]);
    assert.throws(() => portNumber("other", ports), /couldn't find port: other/);
  });

  it("use gRPC's health protocol", async () => {
    const server = http2.createServer();
    server.on("stream", (stream, headers) => {
      const asked: Buffer[] = [];
      stream.on("data", (part: Buffer) => asked.push(part));
      stream.on("end", () => {
        const serving =
          Buffer.concat(asked).equals(healthRequest("epp")) && headers[":path"] === "/grpc.health.v1.Health/Check";
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, serving ? 1 : 2]));
      });
    });
    await listening(server as unknown as net.Server);
    const target = { address: "127.0.0.1", ports: [] };
    const grpc = { port: portOf(server as unknown as net.Server) };
    assert.deepEqual(await probeOnce({ grpc: { ...grpc, service: "epp" } }, target), { success: true, message: "" });
    assert.deepEqual(await probeOnce({ grpc }, target), {
      success: false,
      message: 'service unhealthy (responded with "NOT_SERVING")',
    });
    server.close();
    assert.equal((await probeOnce({ grpc }, target)).success, false);
  });

  it("report a failed gRPC call with its status", () => {
    assert.match(healthOf(Buffer.alloc(0), "5", "unknown service", "x").message, /gRPC status 5: unknown service/);
  });
});

function listening<T extends net.Server>(server: T): Promise<T> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

function readAll(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = net.connect(port, "127.0.0.1");
    socket.on("data", (part: Buffer) => (text += part.toString()));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}
