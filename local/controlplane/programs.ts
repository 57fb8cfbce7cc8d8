import type { Instance, StateFolder } from "../state";
import type { Toolchain } from "../toolchain";
import { FRONT_PROXY } from "./frontProxy";
import type { ProcessSpec } from "./managedProcess";

/** The Kubernetes users that the control plane's own programs act as, each with a token of its own. */
export const USERS = {
  admin: { name: "admin", group: "system:masters" },
  "controller-manager": { name: "system:kube-controller-manager", group: "system:authenticated" },
  scheduler: { name: "system:kube-scheduler", group: "system:authenticated" },
} as const;

export type User = keyof typeof USERS;

/** Where the kubeconfig of a user is. */
export function kubeconfigPath(state: StateFolder, user: User): string {
  return user === "admin" ? state.kubeconfig : state.path("run", `${user}.kubeconfig`);
}

/**
 * etcd on Unix sockets in the private state folder: it has no password, so no port of it may be open to other users of
 * the machine. etcd takes a socket's name as host:port, relative to the working directory.
 */
const ETCD_CLIENT = "unix://etcd-client:0";
const ETCD_PEER = "unix://etcd-peer:0";

/** The programs of the control plane, in the order in which they are started. */
export function programs(state: StateFolder, instance: Instance, toolchain: Toolchain): ProcessSpec[] {
  const cwd = state.path("run");
  const controllerManager = kubeconfigPath(state, "controller-manager");
  const scheduler = kubeconfigPath(state, "scheduler");
  const leaderElection = "--leader-elect=false";
  const args: [string, string, string[]][] = [
    [
      "etcd",
      toolchain.bin("etcd"),
      [
        `--data-dir=${state.path("etcd")}`,
        `--listen-client-urls=${ETCD_CLIENT}`,
        `--advertise-client-urls=${ETCD_CLIENT}`,
        `--listen-peer-urls=${ETCD_PEER}`,
        `--initial-advertise-peer-urls=${ETCD_PEER}`,
        `--initial-cluster=default=${ETCD_PEER}`,
        // What is here is thrown away by local-down; waiting for the disk at each write would only cost time.
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
    ],
    [
      "kube-apiserver",
      toolchain.bin("kube-apiserver"),
      [
        `--etcd-servers=${ETCD_CLIENT}`,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        `--secure-port=${instance.apiServerPort}`,
        `--cert-dir=${state.path("run", "certificates")}`,
        `--token-auth-file=${state.path("run", "tokens.csv")}`,
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${state.path("run", "service-account.key")}`,
        `--service-account-signing-key-file=${state.path("run", "service-account.key")}`,
        `--service-cluster-ip-range=${instance.serviceCidr}`,
        `--encryption-provider-config=${state.path("run", "encryption.yaml")}`,
        // Pods have the address of `kubernetes` from the node agent; a reconciler would write 127.0.0.1 to its endpoints.
        "--endpoint-reconciler-type=none",
        // There is no kube-proxy: webhooks are reached at the pods' addresses.
        "--enable-aggregator-routing=true",
        // By these the API servers that answer for it (KEDA's metrics API) know it, and it tells them who asks.
        `--requestheader-client-ca-file=${state.path("run", "front-proxy", "ca.crt")}`,
        `--requestheader-allowed-names=${FRONT_PROXY}`,
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        `--proxy-client-cert-file=${state.path("run", "front-proxy", "client.crt")}`,
        `--proxy-client-key-file=${state.path("run", "front-proxy", "client.key")}`,
        "--allow-privileged=true",
      ],
    ],
    [
      "kube-controller-manager",
      toolchain.bin("kube-controller-manager"),
      [
        `--kubeconfig=${controllerManager}`,
        `--service-account-private-key-file=${state.path("run", "service-account.key")}`,
        "--use-service-account-credentials",
        `--root-ca-file=${state.path("run", "certificates", "apiserver.crt")}`,
        // The bridge is one network for all nodes, so nodes have no address range of their own.
        "--controllers=*,-node-ipam-controller",
        leaderElection,
        "--secure-port=0",
      ],
    ],
    [
      "kube-scheduler",
      toolchain.bin("kube-scheduler"),
      [`--kubeconfig=${scheduler}`, leaderElection, "--secure-port=0"],
    ],
    [
      "kwok",
      toolchain.bin("kwok"),
      [
        `--kubeconfig=${state.kubeconfig}`,
        `--config=${state.path("run", "kwok.yaml")}`,
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        `--cidr=${kwokCidr(instance)}`,
        `--node-ip=${instance.bridgeAddress}`,
        "--node-lease-duration-seconds=40",
        `--server-address=127.0.0.1:${instance.kwokPort}`,
      ],
    ],
  ];
  return args.map(([name, command, list]) => ({
    name,
    // The sandbox's host mode ties the process to the supervisor: it cannot be left behind, whatever kills the supervisor.
    command: toolchain.bin("pod-sandbox"),
    args: ["run", "--host", "--", command, ...list],
    cwd,
    logFile: state.path("logs", `${name}.log`),
  }));
}

/** KWOK's half of the pods' addresses; the node agent gives out the lower half. */
function kwokCidr(instance: Instance): string {
  const [a, b] = instance.podCidr.split(".");
  return `${a}.${b}.128.0/17`;
}
