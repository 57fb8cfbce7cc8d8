/**
 * Stand-in of NVIDIA's DCGM exporter: there is no GPU here. It serves the sample beside it, eight A100 of which four are busy,
 * as the exporter of the node that its pod is on. Nothing in the sample changes but the traffic between the busy ones.
 */
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

// What the real one reads: ":9400" is all addresses.
const port = Number((process.env.DCGM_EXPORTER_LISTEN ?? ":9400").split(":").at(-1));
const node = process.env.NODE_NAME;
if (node === undefined) throw new Error("NODE_NAME is not set");

/** A counter that stood still could not be told from links that carry nothing. In MiB, each second and busy GPU. */
const NVLINK = { name: "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", growth: 1800 };

const sample = fs
  .readFileSync(path.join(__dirname, "metrics.prom"), "utf8")
  .replaceAll('Hostname="node"', `Hostname="${node}"`);
const started = process.hrtime.bigint();

function metrics() {
  const grown = Math.floor((Number(process.hrtime.bigint() - started) / 1e9) * NVLINK.growth);
  const lines = sample.replace(
    new RegExp(`^(${NVLINK.name}{.*}) ([1-9]\\d*)$`, "gm"),
    (_, series, before) => `${series} ${Number(before) + grown}`,
  );
  return `# Stand-in of the DCGM exporter: a sample, and no GPU.\n${lines}`;
}

http
  .createServer((request, response) => {
    switch (request.url) {
      case "/metrics":
        response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(metrics());
        return;
      case "/health":
        response.writeHead(200).end("OK");
        return;
      default:
        response.writeHead(404).end();
    }
  })
  .listen(port);
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(0));
