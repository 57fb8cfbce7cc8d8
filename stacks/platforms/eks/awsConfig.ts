import type { ParsedAws } from "./settings";
import { EKS_VERSIONS } from "./eksVersions";
import type { AddonName } from "./resources/names";

/** Where the capacity for GPU nodes comes from. */
export type GpuCapacity =
  | { type: "onDemand" }
  /** An on-demand capacity reservation (ODCR). */
  | { type: "reservation"; id: string }
  /** A capacity block for ML, which is a reservation of its own kind. */
  | { type: "capacityBlock"; id: string };

/** The AWS part of an environment: validated, every default filled in. Described in docs/configuration.md. */
export interface AwsConfig extends Omit<ParsedAws, "name" | "cluster" | "gpuNodes"> {
  /** Name of the cluster, and prefix of the names of all else. */
  name: string;
  cluster: Omit<ParsedAws["cluster"], "addons"> & {
    /** Version of each EKS add-on, as `aws eks describe-addon-versions` lists it. */
    addons: Record<AddonName, string>;
  };
  gpuNodes: Omit<ParsedAws["gpuNodes"], "capacity" | "amiRelease"> & {
    /** Release of the AMI in the form that a node group's `releaseVersion` takes: `1.33.13-20260714`. */
    amiRelease: string;
    capacity: GpuCapacity;
  };
}

/** Fills in what follows from other settings. Expects what the rules have let through. */
export function resolveAws(parsed: ParsedAws, defaultName: string): AwsConfig {
  const { cluster, gpuNodes } = parsed;
  const pins = EKS_VERSIONS[cluster.version];
  const set = Object.entries(cluster.addons).filter(([, version]) => version !== undefined);
  return {
    ...parsed,
    name: parsed.name ?? defaultName,
    cluster: { ...cluster, addons: { ...pins.addons, ...Object.fromEntries(set) } },
    gpuNodes: {
      ...gpuNodes,
      amiRelease: gpuNodes.amiRelease ?? pins.amiRelease,
      capacity: capacityOf(gpuNodes.capacity),
    },
  };
}

function capacityOf({ type, id }: ParsedAws["gpuNodes"]["capacity"]): GpuCapacity {
  return type === "onDemand" || id === undefined ? { type: "onDemand" } : { type, id };
}
