import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { drain } from "../../../../components/serving/drain";

/** One read of a replica's metrics: requests that run, and requests that have ended since its start. */
interface Reading {
  readonly running: number;
  readonly ended: number;
}

/** Runs the command of the preStop hook, without its pauses, and returns how many readings it took of these. */
async function readings(metrics: readonly Reading[]): Promise<number> {
  let taken = 0;
  const server = http.createServer((_request, response) => {
    const { running, ended } = metrics[Math.min(taken++, metrics.length - 1)] ?? { running: 0, ended: 0 };
    response.end(
      [
        `vllm:num_requests_running{model_name="a"} ${running}.0`,
        `vllm:num_requests_waiting{model_name="a"} 0.0`,
        `vllm:request_success_total{finished_reason="stop",model_name="a"} ${ended}.0`,
        `vllm:request_success_total{finished_reason="length",model_name="a"} 0.0`,
      ].join("\n"),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const { lifecycle } = drain(60, (server.address() as AddressInfo).port);
    const { preStop } = lifecycle as { preStop: { exec: { command: string[] } } };
    const [program = "", flag = "", script = "", ...rest] = preStop.exec.command;
    const quick = `import time\ntime.sleep = lambda seconds: None\n${script}`;
    const child = spawn(program, [flag, quick, ...rest], { stdio: ["ignore", "inherit", "inherit"] });
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 0);
    return taken;
  } finally {
    server.close();
  }
}

const IDLE = { running: 0, ended: 7 };

describe("a replica that ends", () => {
  it("goes when it has been idle for four readings", async () => {
    assert.equal(await readings([IDLE]), 4);
    assert.equal(await readings([{ running: 2, ended: 5 }, { running: 1, ended: 6 }, IDLE]), 7);
  });

  it("stays while it still gets requests, though none of them runs at the moment of a reading", async () => {
    const arriving = [1, 2, 3, 4, 5, 6].map((ended) => ({ running: 0, ended }));
    assert.equal(await readings([...arriving, IDLE]), 11);
  });
});
