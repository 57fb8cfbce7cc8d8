import { autoscaling } from "../components/autoscaling/capability";
import { endpointPicker } from "../components/endpointPicker/capability";
import { gateway } from "../components/gateway/capability";
import { gpu } from "../components/gpu/capability";
import { istio } from "../components/istio/capability";
import { serving } from "../components/serving/capability";
import { monitoring } from "../monitoring/capability";
import { validation } from "../validation/capability";

/** Every capability of an environment, in the order of its settings. `environment.ts` makes their resources. */
export const CAPABILITIES = [
  serving,
  gateway,
  endpointPicker,
  gpu,
  istio,
  monitoring,
  autoscaling,
  validation,
] as const;
