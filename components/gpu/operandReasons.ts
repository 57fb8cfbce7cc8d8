import type { ContainerState, OperandState, PodState } from "./gpuState";

/** The driver's DaemonSet; on OpenShift its name ends with the version of the node's system. */
const DRIVER = "nvidia-driver-daemonset";

/** Each operand waits for those before it, so the first one that is not ready shows the cause. */
const ORDER = ["nfd", "node-feature-discovery", DRIVER, "nvidia-container-toolkit", "nvidia-operator-validator"];

/** Why a pod is not ready, and whether the cause is in the pod itself: most pods only wait for another operand. */
interface Reason {
  readonly text: string;
  readonly own: boolean;
}

/** Which operands are not ready and why, those with the cause first. */
export function operandReasons(operands: readonly OperandState[]): string[] {
  return operands
    .filter(({ desired, ready }) => ready < desired)
    .map((operand) => ({ operand, reason: reasonOf(operand) }))
    .sort((a, b) => Number(b.reason.own) - Number(a.reason.own) || place(a.operand) - place(b.operand))
    .map(
      ({ operand, reason }) =>
        `${operand.name} is ready on ${operand.ready} of ${operand.desired} nodes: ${reason.text}`,
    );
}

function place({ name }: OperandState): number {
  const found = ORDER.findIndex((known) => name.includes(known));
  return found < 0 ? ORDER.length : found;
}

/** The reason of one pod, preferably of one with the cause in itself. */
function reasonOf({ name, pods }: OperandState): Reason {
  const reasons = pods.filter((pod) => !pod.ready).map((pod) => ({ pod, ...podReason(name, pod) }));
  const [first] = [...reasons].sort((a, b) => Number(b.own) - Number(a.own));
  if (first === undefined) return { text: "its pods are not made yet", own: false };
  const where = first.pod.node === undefined ? "" : ` on ${first.pod.node}`;
  return { text: `pod ${first.pod.name}${where}: ${first.text}`, own: first.own };
}

/** Why a pod of an operand is not ready. */
function podReason(operand: string, pod: PodState): Reason {
  if (pod.unschedulable !== undefined) return { text: `no node takes it: ${pod.unschedulable}`, own: true };
  for (const container of pod.containers) {
    const failed = failure(container);
    if (failed !== undefined) return { text: failed, own: true };
  }
  const init = pod.containers.find((container) => container.init && container.running);
  if (init !== undefined) return { text: `waits in its init container ${init.name}`, own: false };
  const starting = pod.containers.find((container) => !container.init && container.running && !container.ready);
  if (starting === undefined) return { text: "is being started", own: false };
  return operand.startsWith(DRIVER)
    ? {
        text: `driver compiling: ${starting.name} runs and is not through with building and loading the kernel modules`,
        own: true,
      }
    : { text: `${starting.name} runs and is not ready`, own: true };
}

/** The failure of a container, from the kubelet's reasons. */
function failure({ name, waiting, terminated }: ContainerState): string | undefined {
  const said = waiting?.message === undefined ? "" : `: ${waiting.message}`;
  switch (waiting?.reason) {
    case undefined:
      break;
    case "ErrImagePull":
    case "ImagePullBackOff":
    case "InvalidImageName":
      return `image pull of ${name} fails (${waiting?.reason})${said}`;
    case "CrashLoopBackOff": {
      const ended =
        terminated === undefined ? said : ` with exit code ${terminated.exitCode}${detail(terminated.message)}`;
      return `${name} crashes${ended}`;
    }
    case "ContainerCreating":
    case "PodInitializing":
      return undefined;
    default:
      return `${name} does not start (${waiting?.reason})${said}`;
  }
  return terminated !== undefined && terminated.exitCode !== 0
    ? `${name} ended with exit code ${terminated.exitCode}${detail(terminated.message)}`
    : undefined;
}

function detail(message: string | undefined): string {
  const last = message?.trim().split("\n").at(-1);
  return last === undefined || last === "" ? "" : ` (${last})`;
}
