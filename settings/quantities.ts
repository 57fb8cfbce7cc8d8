/** CPU cores and GiB of memory. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
};

/** A Kubernetes quantity of CPU in cores; undefined when it is none. */
export function cores(quantity: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity ?? "");
  return match === null ? undefined : Number(match[1]) / (match[2] === "m" ? 1000 : 1);
}

/** A Kubernetes quantity of bytes in GiB; undefined when it is none. */
export function gibibytes(quantity: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(quantity ?? "");
  const unit = UNITS[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : (Number(match[1]) * unit) / 2 ** 30;
}

/**
 * What pods can request of a node, a little less than it has: kubelet and system keep some, as do the DaemonSets of
 * every node. 0.6 cores and a tenth of the memory is above what nodeadm reserves on each type of the tables.
 */
export function allocatable({ vcpus, memoryGiB }: { vcpus: number; memoryGiB: number }): Resources {
  return { cpu: vcpus - 0.6, memory: memoryGiB * 0.9 };
}
