import * as fs from "node:fs";

/** Linux capabilities that the pods' network and mounts need, with their bits in /proc/self/status (capabilities(7)). */
const CAPABILITIES = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n } as const;

/**
 * The capabilities that this process lacks. Each pod gets a network and a mount namespace, which takes them.
 *
 * @param status the text of /proc/self/status
 * @returns the problem and its remedy, or undefined
 */
export function privilegeProblem(status: string): string | undefined {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const missing = Object.entries(CAPABILITIES)
    .filter(([, bit]) => ((effective >> bit) & 1n) === 0n)
    .map(([name]) => name);
  if (missing.length === 0) return undefined;
  return (
    `missing ${missing.join(" and ")}: the embedded environment gives each pod its own address and mounts, as a ` +
    "kubelet does. Linux allows that to root only.\n" +
    '  Run it as root: sudo env "PATH=$PATH" make local. In a container, start that with --privileged.'
  );
}

/** The same for this process. */
export function checkPrivileges(): string | undefined {
  return privilegeProblem(fs.readFileSync("/proc/self/status", "utf8"));
}
