import * as net from "node:net";
import * as os from "node:os";
import type { Instance } from "./state";

/** Most embedded environments at a time on one machine. */
const MAX_INSTANCES = 10;

/**
 * Addresses of this machine's interfaces and of the networks that it has routes to.
 *
 * @param routeTable the text of /proc/net/route
 */
export function usedAddresses(routeTable: string): string[] {
  const own = Object.values(os.networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => entry.family === "IPv4")
    .map((entry) => entry.address);
  const routed = routeTable
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t")[1])
    .filter((hex): hex is string => hex !== undefined && hex !== "00000000")
    .map((hex) => (hex.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16)))
    .map((bytes) => bytes.join("."));
  return [...own, ...routed];
}

/**
 * The first ranges that nothing on this machine uses: 10.244.0.0/16 for pods and 10.96.0.0/16 for Services as with kubeadm,
 * then 10.243.0.0/16 and 10.97.0.0/16, and so on.
 *
 * @throws Error when all are in use.
 */
export function chooseAddresses(
  used: readonly string[],
  bridges: readonly string[],
): Omit<Instance, "apiServerPort" | "kwokPort"> {
  for (let index = 0; index < MAX_INSTANCES; index++) {
    const pod = 244 - index;
    const service = 96 + index;
    const bridge = `llmd${index}`;
    if (bridges.includes(bridge)) continue;
    if (used.some((address) => address.startsWith(`10.${pod}.`) || address.startsWith(`10.${service}.`))) continue;
    return {
      index,
      bridge,
      podCidr: `10.${pod}.0.0/16`,
      bridgeAddress: `10.${pod}.0.1`,
      serviceCidr: `10.${service}.0.0/16`,
      serviceAddress: `10.${service}.0.1`,
      loadBalancerPrefix: `127.${pod}.0`,
    };
  }
  throw new Error(
    "no free address range for the pods' network: 10.235.0.0/16 to 10.244.0.0/16 and 10.96.0.0/16 to 10.105.0.0/16 " +
      "are all in use on this machine. Take another embedded environment down (make local-down), or free one of them.",
  );
}

/** A port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Whether this process could listen on an address and port. */
export function canListen(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
