import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { HUGGING_FACE_SECRET, HUGGING_FACE_SECRET_KEY } from "../naming";

/** Arguments of the secret with the Hugging Face token. */
export interface HuggingFaceSecretArgs {
  readonly namespace: pulumi.Input<string>;
  /** The token; has to be a secret Output, so that it is encrypted in the state. */
  readonly token: pulumi.Output<string>;
}

/** The Hugging Face token, as model servers take it for downloading weights. */
export class HuggingFaceSecret extends pulumi.ComponentResource {
  /** The Secret's name, for `modelArtifacts.authSecretName`. */
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: HuggingFaceSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:serving:HuggingFaceSecret", name, {}, opts);
    // Marked once more, for a caller that passes a plain Output.
    const token = pulumi.secret(args.token.apply((value) => Buffer.from(value, "utf8").toString("base64")));
    const secret = new k8s.core.v1.Secret(
      name,
      {
        metadata: { name: HUGGING_FACE_SECRET, namespace: args.namespace },
        type: "Opaque",
        data: { [HUGGING_FACE_SECRET_KEY]: token },
      },
      childOptions(this, opts),
    );
    this.secretName = secret.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }
}
