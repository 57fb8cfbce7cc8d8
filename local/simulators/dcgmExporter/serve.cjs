/**
 * Fake of NVIDIA's DCGM exporter. It serves metrics.prom, a sample of eight A100 of which four are busy, under the name of its
 * pod's node. Only the NVLink traffic between the busy GPUs changes.
 */
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

// The variable of the real exporter. ":9400" means all addresses.
const port = Number((process.env.DCGM_EXPORTER_LISTEN ?? ":9400").split(":").at(-1));
const node = process.env.NODE_NAME;
if (node === undefined) throw new Error("NODE_NAME is not set");

/** MiB per second and busy GPU. A counter that does not grow looks like an idle link. */
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
