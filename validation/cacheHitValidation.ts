import * as crypto from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  configMapRule,
  PROGRAM_FILE,
  PROGRAM_VOLUME,
  SETTINGS_FILE,
  validationCommand,
  validationContainer,
  VALIDATION_RULES,
} from "./inClusterPod";
import type { ValidationSettings } from "./runSettings";
import { pipelineSpec, taskSpec, TEKTON_NAME } from "./tekton";
import { childOptions } from "../components/childOptions";

/** Arguments of the validation inside of the cluster. */
export interface CacheHitValidationArgs {
  readonly namespace: pulumi.Input<string>;
  /** Whole reference of a Node.js image, 20 or later. */
  readonly image: string;
  /** The program as one file, see validation/bundle.ts. */
  readonly program: string;
  readonly settings: pulumi.Input<ValidationSettings>;
  /** ConfigMaps with the endpoint pickers' configurations, which a diagnosis looks at. */
  readonly pickerConfigMaps: readonly string[];
  /** Validate now, as a Job. */
  readonly job: boolean;
  /** Install a Tekton Task and Pipeline. */
  readonly tekton: boolean;
  /** What was validated, in any form: the Job runs again when it changes. */
  readonly subject: string;
  /** How long the Job may take, its image included, in seconds. */
  readonly timeoutSeconds: number;
}

/** Name of everything that is made. */
const NAME = "cache-hit-validation";

/** How long the engine waits for a Job beyond its own deadline, so that the Job's own words are what is reported. */
const PATIENCE_SECONDS = 60;

/** The cache-hit validation where the environment itself runs it, with a service account that can only look. */
export class CacheHitValidation extends pulumi.ComponentResource {
  constructor(name: string, args: CacheHitValidationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:validation:CacheHitValidation", name, {}, opts);
    const { namespace, image, program, timeoutSeconds } = args;
    const metadata = { name: NAME, namespace };
    const settings = pulumi.output(args.settings).apply((value) => JSON.stringify(value));
    const account = new k8s.core.v1.ServiceAccount(name, { metadata }, childOptions(this, opts));
    const role = new k8s.rbac.v1.Role(
      name,
      { metadata, rules: [...VALIDATION_RULES, configMapRule(args.pickerConfigMaps)] },
      childOptions(this, opts),
    );
    const binding = new k8s.rbac.v1.RoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      childOptions(this, opts),
    );
    const files = new k8s.core.v1.ConfigMap(
      name,
      { metadata, data: { [PROGRAM_FILE]: program, [SETTINGS_FILE]: settings } },
      childOptions(this, opts),
    );

    if (args.job) {
      const digest = settings.apply((text) =>
        crypto.createHash("sha256").update(`${program}\n${text}\n${args.subject}`).digest("hex"),
      );
      const volumes = [{ name: PROGRAM_VOLUME, configMap: { name: files.metadata.name } }];
      new k8s.batch.v1.Job(
        name,
        {
          metadata,
          spec: {
            // A validation that failed has found something out; a second one would hide it.
            backoffLimit: 0,
            activeDeadlineSeconds: timeoutSeconds,
            template: {
              metadata: { annotations: { "llm-d.ai/validated": digest } },
              spec: {
                restartPolicy: "Never",
                serviceAccountName: account.metadata.name,
                containers: [
                  {
                    ...validationContainer(image),
                    command: validationCommand(),
                    terminationMessagePolicy: "FallbackToLogsOnError",
                  },
                ],
                volumes,
              },
            },
          },
        },
        {
          ...childOptions(this, opts, [binding]),
          // Its name is that of what it replaces.
          deleteBeforeReplace: true,
          customTimeouts: { create: `${timeoutSeconds + PATIENCE_SECONDS}s` },
        },
      );
    }

    if (args.tekton) {
      const tekton = { image, configMap: NAME, timeoutSeconds };
      const task = new k8s.apiextensions.CustomResource(
        `${name}-task`,
        {
          apiVersion: "tekton.dev/v1",
          kind: "Task",
          metadata: { name: TEKTON_NAME, namespace },
          spec: taskSpec(tekton),
        },
        childOptions(this, opts, [files]),
      );
      new k8s.apiextensions.CustomResource(
        `${name}-pipeline`,
        {
          apiVersion: "tekton.dev/v1",
          kind: "Pipeline",
          metadata: { name: TEKTON_NAME, namespace },
          spec: pipelineSpec(tekton),
        },
        childOptions(this, opts, [task]),
      );
    }
    this.registerOutputs({});
  }
}
