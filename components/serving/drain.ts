import type { ChartValues } from "../charts/values";

/**
 * How long a replica that ends still gets requests, in seconds: the endpoint picker and the gateway's Envoy learn of its end from
 * the API server. Measured on the embedded environment: less than a second.
 */
const NOTICE_SECONDS = 5;

/** Time between SIGTERM and SIGKILL, in seconds. */
const EXIT_SECONDS = 30;

/**
 * Waits until four metrics reads in a row show no request and none that ended between them, up to a limit in seconds, because vLLM
 * cancels its requests on SIGTERM. A request that ended in between means that somebody does not know of the end yet. vLLM's image
 * has Python, and Kubernetes before 1.30 has no other way to wait.
 */
const WAIT_UNTIL_IDLE = `import re, sys, time, urllib.request
url, limit = sys.argv[1], time.monotonic() + float(sys.argv[2])
time.sleep(${NOTICE_SECONDS})
quiet = failed = 0
ended = None
while quiet < 4 and failed < 5 and time.monotonic() < limit:
    try:
        text = urllib.request.urlopen(url, timeout=5).read().decode()
        total = lambda name: sum(map(float, re.findall("^vllm:" + name + r"(?:\\{.*\\})? (\\S+)$", text, re.M)))
        before, ended = ended, total("request_success_total")
        quiet = quiet + 1 if total("num_requests_(?:running|waiting)") == 0 and before in (None, ended) else 0
        failed = 0
    except OSError:
        failed += 1
    time.sleep(0.5)
`;

/** Values of the model chart's decode section with which a pod finishes its requests. */
interface Drain {
  readonly terminationGracePeriodSeconds: number;
  /** Lifecycle of the container; undefined where it does not wait. */
  readonly lifecycle?: ChartValues;
}

/**
 * Makes a replica finish its requests before it ends, for an update, a drained node or fewer replicas.
 *
 * @param drainSeconds How long that may take; 0 ends the replica at once and cancels its requests.
 * @param port Port of vLLM's metrics, which count its requests.
 */
export function drain(drainSeconds: number, port: number): Drain {
  if (drainSeconds === 0) return { terminationGracePeriodSeconds: EXIT_SECONDS };
  const url = `http://127.0.0.1:${port}/metrics`;
  return {
    terminationGracePeriodSeconds: NOTICE_SECONDS + drainSeconds + EXIT_SECONDS,
    lifecycle: {
      preStop: { exec: { command: ["python3", "-c", WAIT_UNTIL_IDLE, url, String(NOTICE_SECONDS + drainSeconds)] } },
    },
  };
}
