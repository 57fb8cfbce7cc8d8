import type { Instance, StateFolder } from "../state";
import type { Toolchain } from "../toolchain";
import { FRONT_PROXY, kubeconfigPath } from "./credentials";
import type { ProcessSpec } from "./managedProcess";

/**
 * etcd has no password, so it listens on Unix sockets in the private state folder and on no port. It takes a socket's name as
 * host:port, relative to the working directory.
 */
const ETCD_CLIENT = "unix://etcd-client:0";
const ETCD_PEER = "unix://etcd-peer:0";

/** The programs of the control plane, in their start order. */
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
        // The data is disposable, so writes need not wait for the disk.
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
        // The node agent gives pods the address of `kubernetes`. A reconciler would write 127.0.0.1 to its endpoints.
        "--endpoint-reconciler-type=none",
        // There is no kube-proxy, so the API server calls webhooks at the pods' addresses.
        "--enable-aggregator-routing=true",
        // The API server authenticates with these to aggregated API servers (KEDA's metrics API), and passes on who asks.
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
        // All nodes share one bridge, so none has its own address range.
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
    // The sandbox's host mode ends the process with the supervisor, even when that is killed.
    command: toolchain.bin("pod-sandbox"),
    args: ["run", "--host", "--", command, ...list],
    cwd,
    // Twice the heap before a garbage collection: it takes up to a fifth of the API server's time, and the heaps are small.
    env: { GOGC: "200" },
    logFile: state.path("logs", `${name}.log`),
  }));
}

/** KWOK's half of the pods' addresses. The node agent assigns the lower half. */
function kwokCidr(instance: Instance): string {
  const [a, b] = instance.podCidr.split(".");
  return `${a}.${b}.128.0/17`;
}
