/** What a pod's and container's securityContext come to: pure functions. */
import type { V1Container, V1Pod } from "@kubernetes/client-node";

import type { ImageProgram } from "./images";
import type { SandboxSpec } from "./runtime";

/** The capabilities of a container that asks for nothing (containerd's default). */
export const DEFAULT_CAPABILITIES = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** The container cannot be run as it asks to be. */
export class SecurityContextError extends Error {}

type Privileges = Pick<SandboxSpec, "uid" | "gid" | "groups" | "capabilities" | "noNewPrivileges" | "readOnlyRoot">;

/** User, groups and capabilities of a container. */
export function privilegesOf(pod: V1Pod, container: V1Container, program: ImageProgram): Privileges {
  const ofPod = pod.spec?.securityContext;
  const own = container.securityContext;
  const uid = own?.runAsUser ?? ofPod?.runAsUser ?? program.user.uid;
  if ((own?.runAsNonRoot ?? ofPod?.runAsNonRoot) === true && uid === 0) {
    throw new SecurityContextError("container has runAsNonRoot and image will run as root");
  }
  if (own?.privileged === true) throw new SecurityContextError("privileged containers cannot be run here");
  const asked = (names: string[] | undefined): string[] => (names ?? []).map((name) => name.replace(/^CAP_/, ""));
  const dropped = asked(own?.capabilities?.drop);
  const kept = dropped.includes("ALL") ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name));
  return {
    uid,
    gid: own?.runAsGroup ?? ofPod?.runAsGroup ?? program.user.gid,
    groups: [
      ...new Set([...(ofPod?.fsGroup === undefined ? [] : [ofPod.fsGroup]), ...(ofPod?.supplementalGroups ?? [])]),
    ],
    capabilities: [...new Set([...kept, ...asked(own?.capabilities?.add)])],
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    readOnlyRoot: own?.readOnlyRootFilesystem === true,
  };
}
