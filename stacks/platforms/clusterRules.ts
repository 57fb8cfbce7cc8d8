import type { ParsedEnvironment } from "../environmentSchema";
import { problem, type Problem, show } from "../../settings/problems";
import type { Partially } from "../environmentRules";

type Environment = Partially<ParsedEnvironment>;

/** Which cluster: where it is, and what only clusters of others have. */
export function clusterRules(
  config: Environment,
  raw: unknown,
  fileExists: (file: string) => boolean = () => true,
): Problem[] {
  return [...kubernetesRules(config, raw, fileExists), ...openshiftRules(config, raw)];
}

function kubernetesRules(
  { platform, kubernetes }: Environment,
  raw: unknown,
  fileExists: (file: string) => boolean,
): Problem[] {
  if (platform === "eks") {
    // The default is an object without keys; what was written is what counts.
    return written(raw, "kubernetes").map((key) =>
      problem(["kubernetes", key], "has no effect on platform eks, which makes a cluster of its own; remove it"),
    );
  }
  const problems: Problem[] = [];
  const file = kubernetes?.kubeconfig;
  if (file !== undefined && !fileExists(file)) {
    problems.push(
      problem(["kubernetes", "kubeconfig"], `${show(file)} does not exist; write the path of a kubeconfig file`),
    );
  }
  if (platform === undefined) {
    return problems;
  }
  if (file === undefined) {
    problems.push(
      problem(
        ["kubernetes", "kubeconfig"],
        platform === "local"
          ? "is missing on platform local; run `make local`, which starts the embedded cluster and sets it"
          : `is missing on platform ${platform}; write the path of the cluster's kubeconfig file`,
      ),
    );
  }
  if (platform !== "local" && kubernetes?.context === undefined) {
    problems.push(
      problem(
        ["kubernetes", "context"],
        `is missing on platform ${platform}; write the context to use, so that a changed current context never moves the environment to another cluster`,
      ),
    );
  }
  if (platform === "local" && written(raw, "kubernetes").includes("crds")) {
    problems.push(
      problem(["kubernetes", "crds"], "has no effect on platform local, whose cluster has nothing to adopt; remove it"),
    );
  }
  return problems;
}

function openshiftRules({ platform, openshift, gateway }: Environment, raw: unknown): Problem[] {
  if (platform === undefined) {
    return [];
  }
  if (platform !== "openshift") {
    return written(raw, "openshift").map((key) =>
      problem(["openshift", key], `has no effect on platform ${platform}; remove it, or write platform: openshift`),
    );
  }
  const problems: Problem[] = [];
  const { host, termination, destinationCaCertificate } = openshift?.route ?? {};
  const hostname = gateway?.hostname;
  if (host !== undefined && hostname !== undefined && host !== hostname) {
    problems.push(
      problem(
        ["openshift", "route", "host"],
        `${show(host)} is not gateway.hostname (${show(hostname)}), and the gateway takes requests for that one only; remove one of them`,
      ),
    );
  }
  const path = ["openshift", "route", "destinationCaCertificate"];
  const checked = termination === "reencrypt" && gateway?.tls !== undefined;
  if (termination === "edge" && gateway?.tls !== undefined) {
    problems.push(
      problem(
        ["openshift", "route", "termination"],
        '"edge" has the router speak plain HTTP to a gateway that speaks TLS (gateway.tls); write reencrypt, or remove gateway.tls',
      ),
    );
  } else if (checked && destinationCaCertificate === undefined) {
    problems.push(
      problem(path, "is missing with gateway.tls: the router checks the gateway's certificate; write who signed it"),
    );
  } else if (termination !== undefined && !checked && destinationCaCertificate !== undefined) {
    problems.push(problem(path, "has no effect without termination reencrypt and gateway.tls; remove it"));
  }
  return problems;
}

/** The keys that were written in a section; the defaults of the others say nothing. */
function written(raw: unknown, section: string): string[] {
  const inner = (raw as Readonly<Record<string, unknown>> | null)?.[section];
  return typeof inner === "object" && inner !== null ? Object.keys(inner) : [];
}
