import { PolicyPack } from "@pulumi/policy";
import { ALLOWANCES } from "./allowances";
import { rules } from "./rules";

/** The pack that `pulumi preview --policy-pack policy` and `pulumi up --policy-pack policy` enforce. */
new PolicyPack("llm-d", { policies: rules(ALLOWANCES), enforcementLevel: "mandatory" });
