import type { Capability } from "../components/capability";
import { validationPins } from "./pins";
import { type ValidationConfig, validationSchema } from "./settings";
import { validationRules } from "./settingsRules";

/** The cache-hit validation of a running environment. */
export const validation = {
  settings: { validation: validationSchema.prefault({}) },
  rules: validationRules,
  pins: validationPins,
  unused: ({ validation }: { readonly validation: ValidationConfig }) =>
    validation.onUp || validation.tekton ? [] : ["node"],
} satisfies Capability;
