import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, list, props as object } from "./support";

/** Roles name what they allow. */
export const namedRbac: ResourceValidationPolicy = {
  name: "named-rbac",
  description:
    "Roles of our own name API groups, resources and verbs, and nobody is made an administrator of the cluster.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (/^kubernetes:rbac\.authorization\.k8s\.io\/v1:(Cluster)?Role$/.test(type)) {
      list(at(props, "rules")).forEach((rule, index) => {
        for (const key of ["apiGroups", "resources", "verbs"]) {
          if (list(at(rule, key)).includes("*")) report(`${name}: rules[${index}].${key} is "*"; name what is needed`);
        }
      });
    }
    if (/^kubernetes:rbac\.authorization\.k8s\.io\/v1:(Cluster)?RoleBinding$/.test(type)) {
      if (at(props, "roleRef", "name") === "cluster-admin") report(`${name} makes somebody cluster-admin`);
    }
  },
};

/** Types whose `policy` is a document of IAM. */
const POLICIES: readonly string[] = ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"];

/** Policies of AWS that give away everything. */
const TOO_MUCH = /:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;

/** IAM policies name what they allow. */
export const namedIam: ResourceValidationPolicy = {
  name: "named-iam",
  description: "IAM policies of our own allow named actions only, and none of AWS's that allow everything is attached.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (POLICIES.includes(type)) {
      for (const statement of statements(at(props, "policy"))) {
        if (at(statement, "Effect") !== "Allow") continue;
        if (at(statement, "NotAction") !== undefined) report(`${name}: NotAction allows all that is not named`);
        for (const action of [at(statement, "Action")].flat()) {
          if (/^(\*|[a-z0-9-]+:\*)$/.test(String(action)))
            report(`${name}: ${String(action)} is allowed; name actions`);
        }
      }
    }
    const attached = at(props, "policyArn");
    if (typeof attached === "string" && TOO_MUCH.test(attached)) report(`${name} attaches ${attached}`);
  },
};

/** The statements of a policy document, which is JSON text; one that is not known yet has none. */
function statements(document: unknown): readonly unknown[] {
  if (typeof document !== "string") return list(object(document)["Statement"]);
  try {
    return [at(JSON.parse(document), "Statement")].flat();
  } catch {
    return [];
  }
}
