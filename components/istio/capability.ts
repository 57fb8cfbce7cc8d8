import type { Capability } from "../capability";
import { istioPins } from "./pins";
import { istioRules, istioSchema } from "./settings";

/** Istio's control plane. */
export const istio = {
  settings: { istio: istioSchema.prefault({}) },
  rules: istioRules,
  pins: istioPins,
} satisfies Capability;
