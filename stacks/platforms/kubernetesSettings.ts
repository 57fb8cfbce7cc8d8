import * as z from "zod";
import { choice, field, text } from "../../settings/fields";

const CHOICES = ["install", "adopt"] as const;

const crds = field(
  z.strictObject({
    gatewayApi: choice(
      CHOICES,
      "CRDs of the Gateway API: install them, or adopt those that are there, which have to fit and are neither changed nor deleted.",
    ).default("install"),
    inferenceExtension: choice(CHOICES, "The same for the CRDs of the Gateway API Inference Extension.").default(
      "install",
    ),
  }),
  {
    description: "On platforms existing and openshift: what is used as others installed it.",
    expected: "an object with gatewayApi and inferenceExtension",
  },
);

/** The cluster to install into, when it exists already. */
export const kubernetesSchema = field(
  z.strictObject({
    kubeconfig: text(
      /^[^\n\r{}]+$/,
      "Path of the kubeconfig file of the cluster. Required.",
      "the path of a kubeconfig file, not its content",
    ).optional(),
    context: text(
      /^\S+$/,
      "Context of the kubeconfig file. Required on platforms existing and openshift. Default: its current context.",
      "the name of a context, see `kubectl config get-contexts`",
    ).optional(),
    crds: crds.prefault({}),
  }),
  { description: "The cluster to install into.", expected: "an object with kubeconfig, context and crds" },
);
