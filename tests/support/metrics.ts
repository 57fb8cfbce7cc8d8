/** The sum of a metric's samples in Prometheus' text format, whatever their labels. */
export function sumOf(text: string, metric: string): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)))
    .reduce((left, right) => left + right, 0);
}

/** How many requests a model server has answered since it started, from its own counter. */
export async function requestsServed(ip: string, port = 8000): Promise<number> {
  const response = await fetch(`http://${ip}:${port}/metrics`);
  return sumOf(await response.text(), "vllm:request_success_total");
}
