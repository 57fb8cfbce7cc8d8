import * as z from "zod";
import { choice, field, text } from "../../settings/fields";
import { problem, type Problem, show } from "../../settings/problems";
import type { Partially } from "../../settings/values";
import type { RuleContext } from "../../components/capability";

const CHOICES = ["install", "adopt"] as const;

const crds = field(
  z.strictObject({
    gatewayApi: choice(
      CHOICES,
      "CRDs of the Gateway API: install (this stack installs them) or adopt (use the existing ones, which must fit; this stack neither changes nor deletes them).",
    ).default("install"),
    inferenceExtension: choice(CHOICES, "The same for the CRDs of the Gateway API Inference Extension.").default(
      "install",
    ),
  }),
  {
    description: "Whether to install CRDs or to use existing ones.",
    expected: "an object with gatewayApi and inferenceExtension",
  },
);

/** The existing cluster to install into. */
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

/** The kubernetes section as the schema gives it. */
export type KubernetesConfig = z.output<typeof kubernetesSchema>;

/** The part of the configuration that these rules read. */
export interface KubernetesConfigured {
  readonly kubernetes: KubernetesConfig;
}

/** Checks that the kubeconfig file exists. */
export function kubeconfigRules(
  { kubernetes }: Partially<KubernetesConfigured>,
  { fileExists }: RuleContext,
): Problem[] {
  const file = kubernetes?.kubeconfig;
  return file === undefined || fileExists(file)
    ? []
    : [problem(["kubernetes", "kubeconfig"], `${show(file)} does not exist; write the path of a kubeconfig file`)];
}

/** Checks that the kubeconfig file and its context are configured. */
export function existingClusterRules(config: Partially<KubernetesConfigured>, context: RuleContext): Problem[] {
  const { kubeconfig, context: name } = config.kubernetes ?? {};
  const platform = context.platform?.name;
  const problems = kubeconfigRules(config, context);
  if (kubeconfig === undefined) {
    const message = `is missing on platform ${platform}; write the path of the cluster's kubeconfig file`;
    problems.push(problem(["kubernetes", "kubeconfig"], message));
  }
  if (name === undefined) {
    problems.push(
      problem(
        ["kubernetes", "context"],
        `is missing on platform ${platform}; write the context to use, so that a changed current context never moves the environment to another cluster`,
      ),
    );
  }
  return problems;
}
