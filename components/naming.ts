/**
 * Names of the objects of a model. They are the names of the reference deployment, so its tools and dashboards find the
 * pods. A model's id is a suffix, so adding another model renames nothing.
 */
export interface ModelNames {
  /** Helm release of the model server; its pods are named `<release>-llm-d-modelservice-decode-*`. */
  readonly modelRelease: string;
  /** Helm release of the endpoint picker, and name of its InferencePool; its pods are named `<release>-epp-*`. */
  readonly poolRelease: string;
  /** Prefix of the paths of this model on the gateway: `""`, or `/<id>`, which the route removes. */
  readonly pathPrefix: string;
  /**
   * Labels of the model server's pods, and the pool's selector. The second one distinguishes models: without it a pool would select
   * the pods of all models, and their Deployments would claim each other's pods.
   */
  readonly podLabels: Readonly<Record<string, string>>;
}

/** Release of the Istio base chart. */
export const ISTIO_BASE_RELEASE = "istio-base";

/** Release of Istio's control plane. */
export const ISTIOD_RELEASE = "istiod";

/** Service account of istiod; the chart's name without a revision. */
export const ISTIOD_SERVICE_ACCOUNT = "istiod";

/** Namespace of Istio's control plane, which Istio's own tools expect. */
export const ISTIO_NAMESPACE = "istio-system";

/** Namespace of Prometheus and Grafana. */
export const MONITORING_NAMESPACE = "llm-d-monitoring";

/** The extended resource that the NVIDIA device plugin advertises, and the taint that keeps other pods off GPU nodes. */
export const GPU_RESOURCE = "nvidia.com/gpu";

/** Secret with the Hugging Face token. */
export const HUGGING_FACE_SECRET = "llm-d-hf-token";

/** Key of the token in that Secret, which the model chart requires. */
export const HUGGING_FACE_SECRET_KEY = "HF_TOKEN";

/** ServiceAccount of all model servers. */
export const MODEL_SERVER_ACCOUNT = "llm-d-model-server";

/** Longest release name that the inferencepool chart does not truncate; source: its _helpers.tpl. */
const MAX_POOL_RELEASE_LENGTH = 40;

/** Longest `<release>-llm-d-modelservice` that the model chart does not truncate; source: its _helpers.tpl. */
const MAX_MODEL_FULLNAME_LENGTH = 55;

/** Suffix of the names of a model's canary. No model's id may end with it. */
export const CANARY_SUFFIX = "canary";

/**
 * The names of one model.
 *
 * @param id The model's id; undefined for the one model without id.
 * @param canary Whether to return the names of its canary, which has the model's path.
 * @throws Error for an id that is too long.
 */
export function modelNames(id?: string, canary = false): ModelNames {
  const suffix = [id, ...(canary ? [CANARY_SUFFIX] : [])]
    .map((part) => (part === undefined ? "" : `-${part}`))
    .join("");
  const modelRelease = `ms${suffix}`;
  const poolRelease = `llm-d-gaie${suffix}`;
  if (poolRelease.length > MAX_POOL_RELEASE_LENGTH || modelFullName(modelRelease).length > MAX_MODEL_FULLNAME_LENGTH) {
    throw new Error(`model id "${id}" is too long: the charts would cut it off, and two models could share a name`);
  }
  return {
    modelRelease,
    poolRelease,
    pathPrefix: id === undefined ? "" : `/${id}`,
    podLabels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": modelRelease },
  };
}

/** Name of the HTTPRoute of all models. */
export const INFERENCE_ROUTE = "llm-d-inference-route";

/** Prefix of the names of the model chart's objects: the Deployment is `<full name>-decode`. */
export function modelFullName(modelRelease: string): string {
  return `${modelRelease}-llm-d-modelservice`;
}
