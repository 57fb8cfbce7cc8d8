import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AddonName } from "./addonNames";

/** The exact version of each. */
export type AddonVersions = Readonly<Record<AddonName, string>>;

/** Arguments of one add-on. */
export interface AddonArgs {
  readonly clusterName: pulumi.Input<string>;
  readonly versions: AddonVersions;
  /** The role that pods of its service account get, where it needs rights in AWS. */
  readonly identity?: { readonly serviceAccount: string; readonly roleArn: pulumi.Input<string> };
  /** Its settings; `aws eks describe-addon-configuration` shows which there are. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** An EKS add-on in its pinned version. EKS says that it is made only when what it installs runs. */
export function clusterAddon(
  name: string,
  addon: AddonName,
  args: AddonArgs,
  opts: pulumi.CustomResourceOptions,
): aws.eks.Addon {
  return new aws.eks.Addon(
    `${name}-${addon}`,
    {
      clusterName: args.clusterName,
      addonName: addon,
      addonVersion: args.versions[addon],
      // What is in the cluster is what the program says, also when somebody changed it by hand.
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      ...(args.identity === undefined ? {} : { podIdentityAssociations: [args.identity] }),
      ...(args.configuration === undefined ? {} : { configurationValues: JSON.stringify(args.configuration) }),
    },
    opts,
  );
}
