import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pulumiEnvironment } from "../../local/stack";
import type { TestEnvironment } from "./environment";

const run = promisify(execFile);

/** A resource in the output of `pulumi preview --json`. */
export interface PreviewedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: string[];
  readonly deletedWith?: string;
  readonly protect?: boolean;
  readonly inputs?: Record<string, unknown>;
}

/** The result of a preview. */
export interface Preview {
  readonly text: string;
  readonly resources: readonly PreviewedResource[];
}

/** Runs the CLI in the stack's workspace, as a user does. @returns its output */
export async function pulumi(environment: TestEnvironment, ...args: string[]): Promise<string> {
  const { stdout } = await run(environment.embedded.toolchain.bin("pulumi"), [...args, "--non-interactive"], {
    cwd: environment.state.path("workspace"),
    env: { ...process.env, ...pulumiEnvironment(environment.state, environment.embedded.toolchain) },
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}

/** `pulumi preview --json` */
export async function previewJson(environment: TestEnvironment): Promise<Preview> {
  const text = await pulumi(environment, "preview", "--json");
  const { steps } = JSON.parse(text) as { steps: { op: string; newState?: PreviewedResource }[] };
  return { text, resources: steps.flatMap((step) => (step.newState === undefined ? [] : [step.newState])) };
}

/** A resource's short name: the last part of its type, and its name. */
export function label(resource: PreviewedResource): string {
  return `${resource.type.split(":").at(-1)} ${resource.urn.split("::").at(-1)}`;
}

/** The dependencies of a resource, and their dependencies. */
export function prerequisites(of: PreviewedResource, all: readonly PreviewedResource[]): Set<string> {
  const byUrn = new Map(all.map((resource) => [resource.urn, resource]));
  const found = new Set<string>();
  const visit = (resource: PreviewedResource): void => {
    for (const urn of resource.dependencies ?? []) {
      if (found.has(urn)) continue;
      found.add(urn);
      const next = byUrn.get(urn);
      if (next !== undefined) visit(next);
    }
  };
  visit(of);
  return found;
}
