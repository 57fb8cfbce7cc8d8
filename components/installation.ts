import * as pulumi from "@pulumi/pulumi";
import type { ChartSources } from "./charts/chartSource";
import type { ClusterApi, ConnectCluster } from "./cluster/clusterApi";
import type { CrdProvider } from "./crds/customResourceDefinition";

/** The object that a hook runs for. */
interface HookTarget {
  readonly name: string;
  /** Undefined for an object without namespace. */
  readonly namespace?: string;
}

/** Arguments of an installation. */
export interface InstallationArgs {
  /** The stack that makes everything: `<project>/<stack>`. */
  readonly owner: string;
  readonly sources: ChartSources;
  /**
   * Opens a connection to the cluster. Undefined only where the program has no kubeconfig, as in the component package: Helm
   * releases then do without recovery, and namespaces and CRDs cannot be made.
   */
  readonly connect: ConnectCluster | undefined;
  /** The provider of CRDs, made at the first call. Undefined only in the component package, which makes no CRDs. */
  readonly crdProvider?: () => CrdProvider;
  /**
   * Sets a second cluster of the same stack apart: prefix of the names of hooks, and of what a cluster has once, such as CRDs.
   *
   * @default no prefix
   */
  readonly name?: string;
}

/**
 * What is the same for everything that one stack installs into one cluster. The factories of namespaces, CRDs and Helm releases
 * need it, so that none of these can be made without its guard.
 */
export class Installation {
  readonly owner: string;
  readonly sources: ChartSources;
  // Private to JavaScript too: a component sends its arguments to the engine, and neither of these is data.
  readonly #args: InstallationArgs;
  readonly #hooks = new Map<string, pulumi.ResourceHook>();

  constructor(args: InstallationArgs) {
    this.owner = args.owner;
    this.sources = args.sources;
    this.#args = args;
  }

  /** Whether the program can reach the cluster itself. */
  get reachable(): boolean {
    return this.#args.connect !== undefined;
  }

  /** @throws Error where there is none. */
  get crdProvider(): CrdProvider {
    if (this.#args.crdProvider === undefined) throw new Error("this program has no provider of CRDs");
    return this.#args.crdProvider();
  }

  /** Name in the stack of something that a cluster has once. */
  nameOf(child: string): string {
    const { name } = this.#args;
    return name === undefined ? child : `${name}-${child}`;
  }

  /** @throws Error where the program has no kubeconfig. */
  async connect(): Promise<ClusterApi> {
    if (this.#args.connect === undefined) throw new Error("this program has no kubeconfig of its cluster");
    return this.#args.connect();
  }

  /**
   * The hook of a name, made on the first call: a program registers a hook once.
   *
   * @param run Runs with a connection to the cluster, for an object whose name is known.
   */
  hook(name: string, run: (api: ClusterApi, target: HookTarget) => Promise<void>): pulumi.ResourceHook {
    const made =
      this.#hooks.get(name) ??
      new pulumi.ResourceHook(this.nameOf(name), async ({ newInputs }) => {
        const target = targetOf(newInputs as HookInputs | undefined);
        if (target !== undefined) await run(await this.connect(), target);
      });
    this.#hooks.set(name, made);
    return made;
  }
}

/** Inputs of a Kubernetes object, or of a Helm release, which has no metadata. */
type HookInputs = NamedInputs & { readonly metadata?: NamedInputs };
interface NamedInputs {
  readonly name?: unknown;
  readonly namespace?: unknown;
}

function targetOf(inputs: HookInputs | undefined): HookTarget | undefined {
  const { name, namespace } = inputs?.metadata ?? inputs ?? {};
  if (typeof name !== "string") return undefined;
  return { name, ...(typeof namespace === "string" ? { namespace } : {}) };
}
