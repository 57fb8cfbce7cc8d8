import { type AddonInfo, EKSClient, paginateDescribeAddonVersions } from "@aws-sdk/client-eks";
import { CannotCheck, type Check, failed, passed, type Verdict } from "../../operations";
import { allItems } from "../awsClient";
import type { AddonVersions } from "../resources/names";

/** What EKS offers of one add-on. */
interface OfferedAddon {
  readonly versions: readonly string[];
  /** The version that EKS would choose. */
  readonly default?: string;
}

/** What EKS offers for a Kubernetes version, by the add-on's name. */
type AddonEvidence = Readonly<Record<string, OfferedAddon>>;

/** Whether EKS offers the pinned versions of the add-ons. */
export function addonCheck(kubernetes: string, pinned: AddonVersions, region: string): Check<AddonEvidence> {
  return {
    id: "aws.eks.addons",
    subject: `EKS offers the add-ons for Kubernetes ${kubernetes}`,
    async gather(abortSignal) {
      const client = new EKSClient({ region });
      const addons = await allItems(
        paginateDescribeAddonVersions({ client }, { kubernetesVersion: kubernetes }, { abortSignal }),
        (page) => page.addons,
      );
      if (addons.length === 0) throw new CannotCheck(`EKS listed no add-ons for Kubernetes ${kubernetes}`);
      return Object.fromEntries(addons.map((addon) => [addon.addonName ?? "", offeredAddon(addon, kubernetes)]));
    },
    judge: (evidence) => judgeAddons(pinned, evidence),
  };
}

function offeredAddon({ addonVersions = [] }: AddonInfo, kubernetes: string): OfferedAddon {
  const byDefault = addonVersions.find(({ compatibilities = [] }) =>
    compatibilities.some((one) => one.clusterVersion === kubernetes && one.defaultVersion === true),
  );
  return {
    versions: addonVersions.map(({ addonVersion = "" }) => addonVersion),
    default: byDefault?.addonVersion,
  };
}

function judgeAddons(pinned: AddonVersions, offered: AddonEvidence): Verdict {
  const all = Object.entries(pinned);
  const list = (addons: typeof all): string => addons.map(([name, version]) => `${name} ${version}`).join(", ");
  const missing = all.filter(([name, version]) => offered[name]?.versions.includes(version) !== true);
  if (missing.length === 0) return passed(list(all));
  const instead = missing.map(([name]) => {
    const version = offered[name]?.default ?? offered[name]?.versions[0];
    return `${name}: ${version ?? "none is offered here"}`;
  });
  return failed(
    `not offered: ${list(missing)}`,
    `Write the versions that EKS would choose under aws.cluster.addons: ${instead.join(", ")}.`,
  );
}
