import type { CacheConfig } from "../client/counters";

/** A condition of an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The pool that a model's route leads to. */
export interface PoolState {
  readonly name: string;
  /** API group and version, which has to be the one that the gateway watches. */
  readonly api: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly port: number;
  /** Name of the endpoint picker's Service. */
  readonly picker: string;
  /** FailOpen: requests go to any replica while no endpoint picker answers. */
  readonly failureMode: string;
  readonly conditions: readonly Condition[];
}

/** What the endpoint picker is configured to do, as far as prefixes are concerned. */
export interface PickerConfig {
  /** 0 where prefixes are not scored. */
  readonly prefixWeight: number;
  /** Characters of a block, where it says. */
  readonly blockCharacters?: number;
  /** Block size and capacity come from what the replicas report. */
  readonly autoTune: boolean;
}

/** A replica of the model server. */
export interface Replica {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly ready: boolean;
  /** What its arguments say, where they do. */
  readonly prefixCachingArgument?: boolean;
  /** What it says of its cache itself. */
  readonly cache?: CacheConfig;
}

/** What serves a model, as the cluster tells. */
export interface EnvironmentState {
  /** The route that has the model's path; undefined where there is none. */
  readonly route?: { readonly name: string; readonly conditions: readonly Condition[] };
  /** The pool of the route; undefined where there is none. */
  readonly pool?: PoolState;
  readonly picker: {
    readonly pods: number;
    readonly ready: number;
    readonly podName?: string;
    readonly address?: string;
    readonly config?: PickerConfig;
  };
  readonly replicas: readonly Replica[];
}
