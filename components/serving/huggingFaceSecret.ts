import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { HUGGING_FACE_SECRET_KEY } from "../naming";

/** Arguments of the Secret with the Hugging Face token. */
export interface HuggingFaceSecretArgs {
  readonly namespace: pulumi.Input<string>;
  /** The token, which the component marks as secret, so that the state has it encrypted. */
  readonly token: pulumi.Input<string>;
}

/** The Hugging Face token, which model servers need to download weights. The Secret has the component's name. */
export class HuggingFaceSecret extends pulumi.ComponentResource {
  /** The Secret's name, for `modelArtifacts.authSecretName`. */
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: HuggingFaceSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    const token = pulumi.secret(args.token);
    super("llmd:serving:HuggingFaceSecret", name, { ...args, token }, opts);
    const secret = new k8s.core.v1.Secret(
      name,
      {
        metadata: { name, namespace: args.namespace },
        type: "Opaque",
        data: { [HUGGING_FACE_SECRET_KEY]: token.apply((value) => Buffer.from(value, "utf8").toString("base64")) },
      },
      childOptions(this, opts),
    );
    this.secretName = secret.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }
}
