import type { EngineEvent } from "@pulumi/pulumi/automation";

/** The operation on one resource: its time, and the resources that it waits for. */
export interface Step {
  readonly urn: string;
  readonly seconds: number;
  readonly dependsOn: readonly string[];
}

/** The slowest chain of dependencies. */
interface LongestPath {
  readonly seconds: number;
  /** First to last. */
  readonly urns: readonly string[];
}

/**
 * The slowest chain of dependencies. No order of the same steps is faster.
 *
 * @throws Error if steps wait for each other
 */
export function longestPath(steps: readonly Step[]): LongestPath {
  const byUrn = new Map(steps.map((step) => [step.urn, step]));
  const known = new Map<string, LongestPath>();
  const open = new Set<string>();
  const to = (step: Step): LongestPath => {
    const found = known.get(step.urn);
    if (found !== undefined) return found;
    if (open.has(step.urn)) throw new Error(`${step.urn} waits for itself`);
    open.add(step.urn);
    let longest: LongestPath = { seconds: 0, urns: [] };
    for (const urn of step.dependsOn) {
      const before = byUrn.get(urn);
      if (before === undefined) continue;
      const path = to(before);
      if (path.seconds > longest.seconds) longest = path;
    }
    open.delete(step.urn);
    const path = { seconds: longest.seconds + step.seconds, urns: [...longest.urns, step.urn] };
    known.set(step.urn, path);
    return path;
  };
  const none: LongestPath = { seconds: 0, urns: [] };
  return steps.map(to).reduce((left, right) => (right.seconds > left.seconds ? right : left), none);
}

/** The time of all steps one after the other, as a script runs them. */
export function sequential(steps: readonly Step[]): number {
  return steps.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Records how long the operation on each resource takes, from the engine's events. */
export class Timeline {
  private readonly began = new Map<string, number>();
  private readonly took = new Map<string, number>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Takes an event; to pass to the Automation API. */
  readonly onEvent = (event: EngineEvent): void => {
    const { resourcePreEvent, resOutputsEvent } = event;
    if (resourcePreEvent !== undefined) this.began.set(resourcePreEvent.metadata.urn, this.now());
    if (resOutputsEvent === undefined) return;
    const { urn, op, type } = resOutputsEvent.metadata;
    // A component exists as soon as it is registered. Its children take the time.
    if (op === "same" || type.startsWith("llmd:") || type === "pulumi:pulumi:Stack") return;
    this.took.set(urn, (this.took.get(urn) ?? 0) + (this.now() - (this.began.get(urn) ?? this.now())) / 1000);
  };

  /**
   * The recorded steps.
   *
   * @param resources The stack's resources, with their dependencies.
   * @param reverse For a destroy, which deletes a resource before its dependencies.
   */
  steps(resources: readonly StateResource[], reverse = false): readonly Step[] {
    const dependencies = new Map<string, string[]>();
    const add = (urn: string, on: string): void => void dependencies.set(urn, [...(dependencies.get(urn) ?? []), on]);
    for (const { urn, dependencies: all = [], provider } of resources) {
      const [providerUrn] = provider?.split(/::(?=[^:]*$)/) ?? [];
      for (const on of [...all, ...(providerUrn === undefined ? [] : [providerUrn])]) {
        if (reverse) add(on, urn);
        else add(urn, on);
      }
    }
    return resources.map(({ urn }) => ({
      urn,
      seconds: this.took.get(urn) ?? 0,
      dependsOn: dependencies.get(urn) ?? [],
    }));
  }
}

/** The parts of an exported stack's resource that are read. */
export interface StateResource {
  readonly urn: string;
  readonly dependencies?: string[];
  readonly provider?: string;
}
