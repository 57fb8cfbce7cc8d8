/**
 * Zones that EKS places no control plane in, by their ids, which are the same in all accounts; source:
 * https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html.
 */
export const ZONES_WITHOUT_EKS: readonly string[] = ["use1-az3", "usw1-az2", "cac1-az3"];

/**
 * The zones to build in where none are given: the first ones by name, so that each run chooses the same. A zone that
 * something else needs is always among them, as the last one, where it moves the fewest of the others.
 *
 * @param available Zones of the region that can be used.
 * @param count How many to build in.
 * @param required The zone of the GPU nodes, when they have one.
 */
export function chooseZones(available: readonly string[], count: number, required?: string): string[] {
  const sorted = [...available].sort();
  if (sorted.length < count) {
    throw new Error(`the region has ${sorted.length} zones for EKS (${sorted.join(", ")}), not ${count}`);
  }
  const chosen = sorted.slice(0, count);
  if (required === undefined || chosen.includes(required)) return chosen;
  if (!sorted.includes(required)) {
    throw new Error(`${required} is not among the zones that EKS can use here (${sorted.join(", ")})`);
  }
  return [...chosen.slice(0, -1), required];
}
