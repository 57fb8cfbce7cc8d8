import type { ClusterFacts } from "./facts";
import type { Finding } from "./findings";

/** Monitoring that somebody else runs, as far as it has to be there before. */
export interface ExpectedMonitoring {
  /** Whether there is to be a Prometheus Operator. */
  readonly operator: boolean;
  /** A namespace that is to exist, where one is named. */
  readonly namespace?: string;
}

/** Kinds of the Prometheus Operator that this program makes objects of. */
const OPERATOR_CRDS: readonly string[] = ["podmonitors.monitoring.coreos.com", "prometheusrules.monitoring.coreos.com"];

/** What is missing of the monitoring that is to be brought along. */
export function monitoringFindings(
  { crds, namespaces }: ClusterFacts,
  expected: ExpectedMonitoring | undefined,
): Finding[] {
  if (expected === undefined) return [];
  const { operator, namespace } = expected;
  const missing = OPERATOR_CRDS.filter((kind) => !crds.some(({ name }) => name === kind));
  return [
    ...(operator && missing.length > 0
      ? [
          {
            about: "monitoring",
            found: `A Prometheus Operator is to be there already (llm-d:monitoring.mode is bring-your-own), and its CRDs are not: ${missing.join(", ")}.`,
            remedy:
              "Set llm-d:monitoring.bringYourOwn.operator to false for a Prometheus without it, or llm-d:monitoring.mode to stack; or install it first.",
          },
        ]
      : []),
    ...(namespace !== undefined && namespaces[namespace] === undefined
      ? [
          {
            about: "monitoring",
            found: `The namespace ${namespace}, which is to be that of the monitoring that is there, does not exist.`,
            remedy: "Set llm-d:monitoring.bringYourOwn.namespace to the one where it is, or leave it out.",
          },
        ]
      : []),
  ];
}
