import * as crypto from "node:crypto";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";
import { childOptions } from "../components/childOptions";
import {
  pipelineSpec,
  PROGRAM_FILE,
  programVolume,
  SETTINGS_FILE,
  taskSpec,
  validationContainer,
  readPermissions,
} from "./inCluster";
import type { ValidationSettings } from "./runSettings";

/** Arguments of the validation inside the cluster. */
export interface CacheHitValidationArgs {
  readonly namespace: pulumi.Input<string>;
  /** Full reference of a Node.js image, version 20 or later. */
  readonly image: string;
  readonly settings: pulumi.Input<ValidationSettings>;
  /** ConfigMaps with the endpoint pickers' configurations, which a diagnosis reads. */
  readonly pickerConfigMaps: readonly string[];
  /** Validate now, as a Job. */
  readonly job: boolean;
  /** Install a Tekton Task and Pipeline. */
  readonly tekton: boolean;
  /** Identifies what is validated, in any form. The Job runs again when it changes. */
  readonly subject: string;
  /** Time limit of the Job, including the pull of its image, in seconds. */
  readonly timeoutSeconds: number;
}

/** How much longer than the Job's own deadline the engine waits, so that the Job's message is the one reported. */
const EXTRA_WAIT_SECONDS = 60;

/** Limit of a ConfigMap, 1 MiB, minus room for its other keys. */
const MAX_PROGRAM_BYTES = 1024 * 1024 - 64 * 1024;

/** The cache-hit validation inside the environment's cluster, with a read-only service account. */
export class CacheHitValidation extends pulumi.ComponentResource {
  /** @param name Also the name of every object. */
  constructor(name: string, args: CacheHitValidationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:validation:CacheHitValidation", name, {}, opts);
    const { namespace, image, timeoutSeconds } = args;
    const metadata = { name, namespace };
    const program = bundleProgram();
    const settings = pulumi.output(args.settings).apply((value) => JSON.stringify(value));
    const account = new k8s.core.v1.ServiceAccount(name, { metadata }, childOptions(this, opts));
    const role = new k8s.rbac.v1.Role(
      name,
      { metadata, rules: readPermissions(args.pickerConfigMaps) },
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
      new k8s.batch.v1.Job(
        name,
        {
          metadata,
          spec: {
            // A second attempt would hide the finding of the first.
            backoffLimit: 0,
            activeDeadlineSeconds: timeoutSeconds,
            template: {
              metadata: { annotations: { "llm-d.ai/validated": digest } },
              spec: {
                restartPolicy: "Never",
                serviceAccountName: account.metadata.name,
                containers: [{ ...validationContainer(image), terminationMessagePolicy: "FallbackToLogsOnError" }],
                volumes: [programVolume(files.metadata.name)],
              },
            },
          },
        },
        {
          ...childOptions(this, opts, [binding]),
          // The new Job has the name of the old one.
          deleteBeforeReplace: true,
          customTimeouts: { create: `${timeoutSeconds + EXTRA_WAIT_SECONDS}s` },
        },
      );
    }

    if (args.tekton) {
      const tekton = (kind: string, spec: object, dependsOn: pulumi.Resource) =>
        new k8s.apiextensions.CustomResource(
          `${name}-${kind.toLowerCase()}`,
          { apiVersion: "tekton.dev/v1", kind, metadata, spec },
          childOptions(this, opts, [dependsOn]),
        );
      const task = tekton("Task", taskSpec(image, name), files);
      tekton("Pipeline", pipelineSpec(name, timeoutSeconds), task);
    }
    this.registerOutputs({});
  }
}

/**
 * The validation as one file for Node.js without packages. The same sources give the same text, so the ConfigMap changes
 * only when the validation does.
 *
 * @throws Error if it does not fit into a ConfigMap
 */
export function bundleProgram(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(__dirname, "job.ts")],
    // Paths in comments are relative to this folder, wherever the program was started.
    absWorkingDir: path.join(__dirname, ".."),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    write: false,
    logLevel: "silent",
  });
  const text = outputFiles[0]?.text ?? "";
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PROGRAM_BYTES) {
    throw new Error(`the validation program has ${bytes} bytes, but a ConfigMap holds ${MAX_PROGRAM_BYTES}`);
  }
  return text;
}
