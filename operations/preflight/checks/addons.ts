import { DescribeAddonVersionsCommand, EKSClient } from "@aws-sdk/client-eks";
import type { AddonName, AddonVersions } from "../../../stacks/platforms/eks/resources/names";
import { allPages, type AwsClientOptions } from "../../common/aws";
import { CannotCheck, type Check, type Verdict } from "../check";

/** What EKS offers of one add-on. */
export interface OfferedAddon {
  readonly versions: readonly string[];
  /** The one that EKS would choose. */
  readonly default?: string;
}

/** What EKS offers for a Kubernetes version, by the add-on's name. */
export type AddonEvidence = Readonly<Record<string, OfferedAddon>>;

/** Whether EKS offers the versions of add-ons that are pinned. */
export function addonCheck(kubernetes: string, pinned: AddonVersions, options: AwsClientOptions): Check<AddonEvidence> {
  return {
    id: "aws.eks.addons",
    subject: `EKS offers the add-ons for Kubernetes ${kubernetes}`,
    async gather(abortSignal) {
      const client = new EKSClient(options);
      const addons = await allPages(
        (nextToken) =>
          client.send(new DescribeAddonVersionsCommand({ kubernetesVersion: kubernetes, nextToken }), { abortSignal }),
        (page) => page.addons,
        (page) => page.nextToken,
      );
      if (addons.length === 0) throw new CannotCheck(`EKS listed no add-ons for Kubernetes ${kubernetes}`);
      return Object.fromEntries(
        addons.map(({ addonName = "", addonVersions = [] }) => {
          const byDefault = addonVersions.find(({ compatibilities = [] }) =>
            compatibilities.some((one) => one.clusterVersion === kubernetes && one.defaultVersion === true),
          )?.addonVersion;
          return [
            addonName,
            {
              versions: addonVersions.map(({ addonVersion = "" }) => addonVersion),
              ...(byDefault === undefined ? {} : { default: byDefault }),
            },
          ];
        }),
      );
    },
    judge: (evidence) => judgeAddons(pinned, evidence),
  };
}

export function judgeAddons(pinned: AddonVersions, offered: AddonEvidence): Verdict {
  const all = Object.entries(pinned) as [AddonName, string][];
  const missing = all.filter(([name, version]) => offered[name]?.versions.includes(version) !== true);
  if (missing.length === 0) {
    return { status: "passed", detail: all.map(([name, version]) => `${name} ${version}`).join(", ") };
  }
  const instead = missing.map(([name]) => {
    const { default: byDefault, versions = [] } = offered[name] ?? {};
    const version = byDefault ?? versions[0];
    return version === undefined ? `${name}: none is offered here` : `${name}: ${version}`;
  });
  return {
    status: "failed",
    detail: `not offered: ${missing.map(([name, version]) => `${name} ${version}`).join(", ")}`,
    remedy: `Write what EKS offers, by its own choice, under aws.cluster.addons: ${instead.join(", ")}.`,
  };
}
