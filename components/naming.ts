/**
 * Names of everything that is made for a model. They are the names of the deployment that this environment follows, so
 * that its tools and dashboards find their pods; an id is added to them, so that adding a model renames nothing.
 */
export interface ModelNames {
  /** Helm release of the model server; its pods are named `<release>-llm-d-modelservice-decode-*`. */
  readonly modelRelease: string;
  /** Helm release of the endpoint picker, and by the chart's doing the InferencePool; pods `<release>-epp-*`. */
  readonly poolRelease: string;
  /** What requests for this model start with on the gateway: `""`, or `/<id>`, which the route takes off again. */
  readonly pathPrefix: string;
  /**
   * Labels of the model server's pods, and the pool's selector. The second one tells models apart: without it a pool
   * would choose among the pods of all models, and their Deployments would fight over each other's pods.
   */
  readonly podLabels: Readonly<Record<string, string>>;
}

/** Release of the Istio base chart. */
export const ISTIO_BASE_RELEASE = "istio-base";

/** Release of Istio's control plane. */
export const ISTIOD_RELEASE = "istiod";

/** Service account of istiod; its chart names it so where no revision is set. */
export const ISTIOD_SERVICE_ACCOUNT = "istiod";

/** Namespace of Istio's control plane; the name that Istio's own tools expect. */
export const ISTIO_NAMESPACE = "istio-system";

/** Namespace of Prometheus, Grafana and what they look at. */
export const MONITORING_NAMESPACE = "llm-d-monitoring";

/** The extended resource that the NVIDIA device plugin advertises, and the taint that keeps other pods off GPU nodes. */
export const GPU_RESOURCE = "nvidia.com/gpu";

/** Secret with the Hugging Face token. */
export const HUGGING_FACE_SECRET = "llm-d-hf-token";

/** Key of the token in that secret; the model chart accepts no other. */
export const HUGGING_FACE_SECRET_KEY = "HF_TOKEN";

/** ServiceAccount of all model servers. */
export const MODEL_SERVER_ACCOUNT = "llm-d-model-server";

/** Longest release name that the inferencepool chart keeps whole (it cuts the rest off); source: its _helpers.tpl. */
export const MAX_POOL_RELEASE_LENGTH = 40;

/** Longest `<release>-llm-d-modelservice` that the model chart keeps whole; source: its _helpers.tpl. */
export const MAX_MODEL_FULLNAME_LENGTH = 55;

/** What is added to the names of a model's canary. No model's id may end so. */
export const CANARY_SUFFIX = "canary";

/**
 * The names of one model.
 *
 * @param id The model's id; undefined for the one model that goes without.
 * @param canary Whether those of its canary are asked for. Its path is the model's own.
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

/** What the model chart names its objects after: the Deployment is `<full name>-decode`. */
export function modelFullName(modelRelease: string): string {
  return `${modelRelease}-llm-d-modelservice`;
}
