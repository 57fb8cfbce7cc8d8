/** CPU cores and GiB of memory. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
}

const MULTIPLES: Readonly<Record<string, number>> = {
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};
/** These divide, because 35 / 1000 is exactly 0.035 and 35 * 0.001 is not. */
const FRACTIONS: Readonly<Record<string, number>> = { n: 1e9, u: 1e6, m: 1e3 };

/**
 * The number that a Kubernetes quantity means, such as 0.5 for `500m`; undefined when the text is not a quantity.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string | undefined): number | undefined {
  const [, number, suffix = ""] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text?.trim() ?? "") ?? [];
  const known = suffix === "" || suffix in MULTIPLES || suffix in FRACTIONS;
  if (number === undefined || !known) return undefined;
  return (Number(number) * (MULTIPLES[suffix] ?? 1)) / (FRACTIONS[suffix] ?? 1);
}

/** A Kubernetes quantity of CPU in cores; undefined when the text is not a quantity. */
export function cores(quantity: string | undefined): number | undefined {
  return parseQuantity(quantity);
}

/** A Kubernetes quantity of bytes in GiB; undefined when the text is not a quantity or has no unit. */
export function gibibytes(quantity: string | undefined): number | undefined {
  const bytes = parseQuantity(quantity);
  return bytes === undefined || /\d$/.test(quantity ?? "") ? undefined : bytes / 2 ** 30;
}

/**
 * The resources of a node that pods can request. The kubelet, the system and DaemonSets need the rest. 0.6 cores and a
 * tenth of the memory is more than nodeadm reserves on each instance type of the tables.
 */
export function allocatable({ vcpus, memoryGiB }: { vcpus: number; memoryGiB: number }): Resources {
  return { cpu: vcpus - 0.6, memory: memoryGiB * 0.9 };
}
