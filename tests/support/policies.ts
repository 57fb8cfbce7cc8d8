import * as assert from "node:assert/strict";
import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";

/** A resource as a rule gets it. */
export interface Seen {
  readonly type: string;
  readonly props: Record<string, unknown>;
  readonly name?: string;
  readonly stack?: string;
  readonly protect?: boolean;
  /** Settings of the resource's provider. */
  readonly provider?: Record<string, unknown>;
}

function policyResource(seen: Seen): PolicyResource {
  const { type, props, name = "it", stack = "test", protect = false, provider } = seen;
  return {
    type,
    props,
    name,
    urn: `urn:pulumi:${stack}::llm-d::${type}::${name}`,
    opts: { protect, ignoreChanges: [], aliases: [], customTimeouts: {}, additionalSecretOutputs: [] },
    dependencies: [],
    propertyDependencies: {},
    ...(provider === undefined
      ? {}
      : { provider: { type: "pulumi:providers:aws", name: "aws", urn: "urn", props: provider } }),
    isType: () => false,
    asType: () => undefined,
  } as unknown as PolicyResource;
}

/** The violations that a rule reports for resources. */
export async function violations(
  rule: ResourceValidationPolicy | StackValidationPolicy,
  ...resources: readonly Seen[]
): Promise<string[]> {
  const said: string[] = [];
  const report = (message: string): void => void said.push(message);
  const all = resources.map(policyResource);
  if ("validateStack" in rule) {
    await rule.validateStack({ resources: all } as never, report);
  } else {
    const checks = [rule.validateResource ?? []].flat();
    for (const one of all) for (const check of checks) await check(one as unknown as ResourceValidationArgs, report);
  }
  return said;
}

/** Asserts that the rule reports exactly one violation, which matches. */
export async function assertViolation(
  rule: ResourceValidationPolicy | StackValidationPolicy,
  expected: RegExp,
  ...resources: readonly Seen[]
): Promise<void> {
  const said = await violations(rule, ...resources);
  assert.equal(said.length, 1, `${rule.name}: ${said.join("; ") || "no violation"}`);
  assert.match(said[0] ?? "", expected);
}

/** Asserts that the rule reports no violation. */
export async function assertNoViolation(
  rule: ResourceValidationPolicy | StackValidationPolicy,
  ...resources: readonly Seen[]
): Promise<void> {
  assert.deepEqual(await violations(rule, ...resources), [], rule.name);
}
