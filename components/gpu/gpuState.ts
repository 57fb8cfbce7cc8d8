/** What the API says about GPUs: the input of every judgement, so that those are functions of plain values. */

/** A node. */
export interface NodeState {
  readonly name: string;
  readonly ready: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** What pods can ask of it, by resource. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** One condition of an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A ClusterPolicy, the GPU Operator's one object. */
export interface PolicyState {
  readonly name: string;
  /** `ready`, `notReady` or `ignored`; undefined until an operator has looked at it. */
  readonly state?: string;
  readonly conditions: readonly Condition[];
}

/** A container of an operand's pod. */
export interface ContainerState {
  readonly name: string;
  readonly init: boolean;
  readonly ready: boolean;
  readonly running: boolean;
  /** Why it waits, such as `ImagePullBackOff`, and what it says about it. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** How it ended, this time or before it was started again. */
  readonly terminated?: { readonly exitCode: number; readonly message?: string };
}

/** A pod of an operand. */
export interface PodState {
  readonly name: string;
  readonly node?: string;
  readonly ready: boolean;
  /** Why the scheduler has no node for it. */
  readonly unschedulable?: string;
  readonly containers: readonly ContainerState[];
}

/** A DaemonSet of the operator or of Node Feature Discovery; its pods only where not all are ready. */
export interface OperandState {
  readonly name: string;
  readonly desired: number;
  readonly ready: number;
  readonly pods: readonly PodState[];
}

/** All that readiness is judged by. */
export interface GpuState {
  /** Undefined where the kind is not installed. */
  readonly policies?: readonly PolicyState[];
  readonly operands: readonly OperandState[];
  readonly nodes: readonly NodeState[];
}
