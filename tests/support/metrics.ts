/** The sum of a metric's samples in Prometheus' text format, over all labels. */
export function sumOf(text: string, metric: string): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)))
    .reduce((left, right) => left + right, 0);
}

/** Number of requests that a model server has answered since its start, from its metrics. */
export async function requestsServed(ip: string, port = 8000): Promise<number> {
  const response = await fetch(`http://${ip}:${port}/metrics`);
  return sumOf(await response.text(), "vllm:request_success_total");
}
