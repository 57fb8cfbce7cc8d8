import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, json, list, mandatory } from "./support";

/** Kubernetes roles have no wildcards. */
export const namedRbac: ResourceValidationPolicy = mandatory({
  name: "named-rbac",
  description: "Our own roles name API groups, resources and verbs, and no binding grants cluster-admin.",
  validateResource: ({ type, name, props }, report) => {
    if (/^kubernetes:rbac\.authorization\.k8s\.io\/v1:(Cluster)?Role$/.test(type)) {
      list(at(props, "rules")).forEach((rule, index) => {
        for (const key of ["apiGroups", "resources", "verbs"]) {
          if (list(at(rule, key)).includes("*")) report(`${name}: rules[${index}].${key} is "*"; name what is needed`);
        }
      });
    }
    if (/^kubernetes:rbac\.authorization\.k8s\.io\/v1:(Cluster)?RoleBinding$/.test(type)) {
      if (at(props, "roleRef", "name") === "cluster-admin") report(`${name} grants cluster-admin`);
    }
  },
});

/** Types whose `policy` is an IAM policy document. */
const POLICIES: readonly string[] = ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"];

/** Policies of AWS that allow everything. */
const TOO_MUCH = /:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;

/** IAM policies have no wildcards for whole services. */
export const namedIam: ResourceValidationPolicy = mandatory({
  name: "named-iam",
  description: "Our own IAM policies allow only named actions, and no AWS policy that allows everything is attached.",
  validateResource: ({ type, name, props }, report) => {
    if (POLICIES.includes(type)) {
      const statements = at(json(at(props, "policy")), "Statement");
      for (const statement of Array.isArray(statements) ? list(statements) : [statements]) {
        if (at(statement, "Effect") !== "Allow") continue;
        if (at(statement, "NotAction") !== undefined)
          report(`${name}: NotAction allows every action that it does not name`);
        for (const action of [at(statement, "Action")].flat()) {
          if (/^(\*|[a-z0-9-]+:\*)$/.test(String(action)))
            report(`${name}: ${String(action)} is allowed; name actions`);
        }
      }
    }
    const attached = at(props, "policyArn");
    if (typeof attached === "string" && TOO_MUCH.test(attached)) report(`${name} attaches ${attached}`);
  },
});
