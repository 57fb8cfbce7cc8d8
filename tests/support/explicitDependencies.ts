import { type Made, prerequisites } from "./eksResources";

/** A dependency by `dependsOn`: the holder, and everything in it that inherits this, waits for everything in the target. */
export interface ExplicitDependency {
  readonly holder: Made;
  readonly target: Made;
  /** The recorded graph without this dependency. What properties imply stays. */
  readonly without: readonly Made[];
}

/**
 * The explicit dependencies of a recorded graph without which it would lose an order. The rest of the graph implies all others,
 * even when all of them are missing at once: the smallest graph with the same order is unique, because it has no cycles.
 */
export function explicitDependencies(made: readonly Made[]): ExplicitDependency[] {
  const byUrn = new Map(made.map((one) => [one.urn, one]));
  /** A resource and the components around it, from the inside out. */
  const around = (urn: string): Made[] => {
    const one = byUrn.get(urn);
    return one === undefined ? [] : [one, ...around(one.parent)];
  };
  return made.flatMap((holder) => {
    const [, ...outside] = around(holder.urn);
    const inherited = outside[0]?.dependencies ?? [];
    const own = holder.dependencies.filter((urn) => !holder.implied.includes(urn) && !inherited.includes(urn));
    // In place of a component, a registration lists the resources in it.
    const targetOf = (urn: string): Made => around(urn).findLast((one) => !outside.includes(one))!;
    return [...new Set(own.map(targetOf))].flatMap((target) => {
      const removed = new Set(own.filter((urn) => targetOf(urn) === target));
      const without = made.map((one) => {
        if (!around(one.urn).includes(holder)) return one;
        return {
          ...one,
          dependencies: one.dependencies.filter((urn) => !removed.has(urn) || one.implied.includes(urn)),
        };
      });
      const losesOrder = without.some((one, index) => {
        // Nothing is created or deleted for a component itself.
        if (one === made[index] || !one.custom) return false;
        const before = prerequisites(one, without);
        return made[index]!.dependencies.some((urn) => !before.has(urn));
      });
      return losesOrder ? [{ holder, target, without }] : [];
    });
  });
}
