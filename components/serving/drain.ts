import type { ChartValues } from "../charts/values";

/**
 * How long a replica that is to go still takes requests, in seconds: until the endpoint picker and the gateway's Envoy, which
 * both follow the API server, no longer send it any. Seen on the embedded environment: under a second.
 */
const NOTICE_SECONDS = 5;

/** What vLLM gets to end after SIGTERM, in seconds, before it is killed. */
const EXIT_SECONDS = 30;

/**
 * Waits until vLLM has nothing to do, twice in a row, for so many seconds at most. vLLM itself ends on SIGTERM with whatever it
 * has under way. Its image has Python, and Kubernetes before 1.30 has no other way to wait.
 */
const WAIT_UNTIL_IDLE = `import re, sys, time, urllib.request
url, limit = sys.argv[1], time.monotonic() + float(sys.argv[2])
time.sleep(${NOTICE_SECONDS})
quiet = failed = 0
while quiet < 2 and failed < 5 and time.monotonic() < limit:
    try:
        text = urllib.request.urlopen(url, timeout=5).read().decode()
        found = re.findall(r"^vllm:num_requests_(?:running|waiting)(?:\\{.*\\})? (\\S+)$", text, re.M)
        quiet = quiet + 1 if sum(map(float, found)) == 0 else 0
        failed = 0
    except OSError:
        failed += 1
    time.sleep(0.5)
`;

/** What a pod has so that it ends without losing requests: values of the model chart's decode section. */
export interface Drain {
  readonly terminationGracePeriodSeconds: number;
  /** Of the container, undefined where it is not to wait. */
  readonly lifecycle?: ChartValues;
}

/**
 * Has a replica finish its requests before it ends, be it for an update, a drained node or fewer replicas.
 *
 * @param drainSeconds How long it may take; 0 ends it at once, with whatever it has under way.
 * @param port Where vLLM tells what it has under way.
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
