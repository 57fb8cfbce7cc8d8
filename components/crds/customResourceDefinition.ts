import * as pulumi from "@pulumi/pulumi";

/** Name of the provider. Pulumi.yaml says where it is. */
const PACKAGE = "llmd-crds";

/** Arguments of the provider. */
export interface CrdProviderArgs {
  /** Content of the cluster's kubeconfig; secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Identity of the cluster. Another one replaces all definitions, a new certificate or address does not. */
  readonly clusterIdentifier: pulumi.Input<string>;
}

/** The provider that makes custom resource definitions in one cluster. Its program is in provider/. */
export class CrdProvider extends pulumi.ProviderResource {
  constructor(name: string, args: CrdProviderArgs, opts?: pulumi.ResourceOptions) {
    super(PACKAGE, name, { ...args, kubeconfig: pulumi.secret(args.kubeconfig) }, opts);
  }
}

/** Arguments of a definition. The engine shows them in a preview, and keeps them in the state. */
export interface CustomResourceDefinitionArgs {
  /** `PLURAL.GROUP` */
  readonly name: string;
  /** The stack that owns it: `<project>/<stack>`. */
  readonly owner: string;
  /** Annotations of its release. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Names of the versions that the API server serves. */
  readonly served: readonly string[];
  /** Address of its manifest in the store. */
  readonly digest: string;
}

/**
 * A custom resource definition whose schema is neither in the program's messages nor in the state. Definitions of a release are
 * 90 % of an environment's data, and the official resource holds each of them three times.
 *
 * A state that has it as the official resource moves over in place: nothing is deleted.
 */
export class CustomResourceDefinition extends pulumi.CustomResource {
  constructor(name: string, args: CustomResourceDefinitionArgs, opts: pulumi.CustomResourceOptions) {
    super(
      `${PACKAGE}:index:CustomResourceDefinition`,
      name,
      { ...args },
      {
        ...opts,
        aliases: [{ type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition" }],
      },
    );
  }
}
