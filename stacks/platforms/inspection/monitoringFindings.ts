import type { ClusterFacts } from "./facts";
import type { Finding } from "./findings";

/** The parts of an existing monitoring that the environment needs. */
export interface ExpectedMonitoring {
  /** Whether a Prometheus Operator must exist. */
  readonly operator: boolean;
  /** A namespace that must exist. @default none */
  readonly namespace?: string;
}

/** Kinds of the Prometheus Operator that this program uses. */
const OPERATOR_CRDS: readonly string[] = ["podmonitors.monitoring.coreos.com", "prometheusrules.monitoring.coreos.com"];

/** The missing parts of the existing monitoring. */
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
            found: `The setting llm-d:monitoring.mode is bring-your-own, but the CRDs of the Prometheus Operator do not exist: ${missing.join(", ")}.`,
            remedy:
              "Set llm-d:monitoring.bringYourOwn.operator to false for a Prometheus without it, set llm-d:monitoring.mode to stack, or install it first.",
          },
        ]
      : []),
    ...(namespace !== undefined && namespaces[namespace] === undefined
      ? [
          {
            about: "monitoring",
            found: `The namespace ${namespace} (llm-d:monitoring.bringYourOwn.namespace) does not exist.`,
            remedy: "Set llm-d:monitoring.bringYourOwn.namespace to the namespace of your monitoring, or remove it.",
          },
        ]
      : []),
  ];
}
