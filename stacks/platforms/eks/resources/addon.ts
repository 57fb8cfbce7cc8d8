import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AddonName, AddonVersions } from "./names";

/** Arguments of one add-on. */
interface AddonArgs {
  readonly clusterName: pulumi.Input<string>;
  readonly versions: AddonVersions;
  /**
   * The role of the pods of its service account.
   *
   * @default no rights in AWS
   */
  readonly identity?: { readonly serviceAccount: string; readonly roleArn: pulumi.Input<string> };
  /**
   * Its settings; `aws eks describe-addon-configuration` lists them.
   *
   * @default those of EKS
   */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** An EKS add-on in its pinned version. EKS reports it as created only once its pods run. */
export function clusterAddon(
  name: string,
  addon: AddonName,
  { clusterName, versions, identity, configuration }: AddonArgs,
  opts: pulumi.CustomResourceOptions,
): aws.eks.Addon {
  return new aws.eks.Addon(
    `${name}-${addon}`,
    {
      clusterName,
      addonName: addon,
      addonVersion: versions[addon],
      // The program wins over changes by hand.
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      ...(identity === undefined ? {} : { podIdentityAssociations: [identity] }),
      ...(configuration === undefined ? {} : { configurationValues: JSON.stringify(configuration) }),
    },
    opts,
  );
}
