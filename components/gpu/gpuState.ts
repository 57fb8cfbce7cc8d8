/** A node. */
export interface NodeState {
  readonly name: string;
  readonly ready: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Resources that pods can request. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** One condition of an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A ClusterPolicy, the GPU Operator's only object. */
export interface PolicyState {
  readonly name: string;
  /** `ready`, `notReady` or `ignored`; undefined until an operator has processed it. */
  readonly state?: string;
  readonly conditions: readonly Condition[];
}

/** A container of an operand's pod. */
export interface ContainerState {
  readonly name: string;
  readonly init: boolean;
  readonly ready: boolean;
  readonly running: boolean;
  /** Why it waits, such as `ImagePullBackOff`, with its message. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** How it ended, now or before its restart. */
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

/** A DaemonSet of the operator or of Node Feature Discovery, with its pods if not all are ready. */
export interface OperandState {
  readonly name: string;
  readonly desired: number;
  readonly ready: number;
  readonly pods: readonly PodState[];
}

/** The input of all judgements about GPUs, which are functions of plain values. */
export interface GpuState {
  /** Undefined without the CRD. */
  readonly policies?: readonly PolicyState[];
  readonly operands: readonly OperandState[];
  readonly nodes: readonly NodeState[];
}
