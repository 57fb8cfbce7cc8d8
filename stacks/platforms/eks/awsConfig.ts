import type { ParsedAws } from "./settings";
import { EKS_VERSIONS } from "./eksVersions";
import type { Capacity } from "./resources/capacity";
import type { AddonName } from "./resources/names";

/** The AWS part of an environment: validated, every default filled in. Described in docs/configuration.md. */
export interface AwsConfig extends Omit<ParsedAws, "name" | "cluster" | "gpuNodes"> {
  /** Name of the cluster, and prefix of all other names. */
  name: string;
  cluster: Omit<ParsedAws["cluster"], "addons"> & {
    /** Version of each EKS add-on, as `aws eks describe-addon-versions` lists it. */
    addons: Record<AddonName, string>;
  };
  gpuNodes: Omit<ParsedAws["gpuNodes"], "capacity" | "amiRelease"> & {
    /** Release of the AMI in the form that a node group's `releaseVersion` takes: `1.33.13-20260714`. */
    amiRelease: string;
    capacity: Capacity;
  };
}

/** Fills in the defaults that depend on other settings. Expects settings that passed the rules. */
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

function capacityOf({ type, id }: ParsedAws["gpuNodes"]["capacity"]): Capacity {
  return type === "onDemand" || id === undefined ? { type: "onDemand" } : { type, id };
}
