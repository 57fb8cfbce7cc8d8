import { PolicyPack } from "@pulumi/policy";
import { ALLOWANCES } from "./allowances";
import { rules } from "./rules";

/** The policy pack of `pulumi preview --policy-pack policy` and `pulumi up --policy-pack policy`. */
new PolicyPack("llm-d", { policies: rules(ALLOWANCES), enforcementLevel: "mandatory" });
