import type { Capability } from "../capability";
import { ISTIO_NAMESPACE } from "../naming";
import { istioPins } from "./pins";
import { istioRules, istioSchema } from "./settings";

/** Istio's control plane. */
export const istio = {
  settings: { istio: istioSchema.prefault({}) },
  rules: istioRules,
  pins: istioPins,
  namespaces: () => ({ [ISTIO_NAMESPACE]: undefined }),
} satisfies Capability;
