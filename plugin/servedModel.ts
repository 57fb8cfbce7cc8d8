import * as pulumi from "@pulumi/pulumi";
import { resolveChartSources } from "../components/charts/chartSource";
import { childOptions } from "../components/childOptions";
import { InferenceRoute } from "../components/gateway/inferenceRoute";
import { Installation } from "../components/installation";
import { MODEL_SERVER_ACCOUNT, modelNames } from "../components/naming";
import { EndpointPicker } from "../components/endpointPicker/endpointPicker";
import { ModelServer } from "../components/serving/modelServer";
import { ModelServerAccount } from "../components/serving/modelServerAccount";
import { MODEL_SERVER_PORT } from "../components/serving/modelValues";
import { endpointPickerSchema } from "../components/endpointPicker/settings";
import { modelSchema } from "../components/serving/settings";
import { imageReference, imageTag } from "../components/charts/images";
import { DEFAULT_LANE, LANES } from "../stacks/versions";

export interface ServedModelArgs {
  /** Existing namespace, for everything that the component makes. */
  namespace: pulumi.Input<string>;
  /** Name that clients send as "model"; the weights come from hf:// followed by it, unless uri says otherwise. */
  model: string;
  /**
   * Distinguishes models: part of the names of the model's objects, and its path on the gateway (/ID). All models of a stack but
   * one need it. Default: none, with the path /.
   */
  modelId?: string;
  /** hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO. */
  uri?: string;
  /**
   * The Gateway of the namespace, for requests from outside. Each model needs its own: of several routes on one Gateway, Istio 1.27
   * uses only the endpoint picker of the oldest.
   */
  gatewayName: pulumi.Input<string>;
  /** Secret of the namespace with the Hugging Face token, under the key HF_TOKEN. */
  huggingFaceSecret: pulumi.Input<string>;
  /** Replicas. Default: 3. */
  replicas?: number;
  /** GPUs that a replica spans: 1, 2, 4 or 8. Default: 1. */
  tensorParallel?: number;
  /** Longest context in tokens. Default: what the model's own configuration says. */
  maxModelLen?: number;
  /** Further arguments of vllm serve. */
  extraArgs?: string[];
  /** Source of the charts on sites without internet: an oci:// prefix, or a folder. */
  chartMirror?: string;
}

/** How long to wait for the endpoint picker, and until the gateway accepts the route, in seconds. */
const TIMEOUTS = { endpointPicker: 600, route: 300 };

/** A model on a cluster with Istio and a Gateway: vLLM replicas, and an endpoint picker that sends a prompt to a replica that has it cached. */
export class ServedModel extends pulumi.ComponentResource {
  /** Name of the InferencePool, known once its endpoint picker is ready. */
  readonly poolName: pulumi.Output<string>;
  /** Name of the HTTPRoute, known once the gateway has accepted it. */
  readonly routeName: pulumi.Output<string>;

  constructor(name: string, args: ServedModelArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, gatewayName, huggingFaceSecret, chartMirror } = args;
    const settings = modelSettings(args);
    const versions = LANES[DEFAULT_LANE];
    const endpointPicker = endpointPickerSchema.parse({});
    super("llm-d:index:ServedModel", name, args, opts);
    const names = modelNames(settings.id);
    const installation = new Installation({
      owner: `${pulumi.getProject()}/${pulumi.getStack()}`,
      connect: undefined,
      sources: resolveChartSources({
        charts: {
          "llm-d-modelservice": versions.charts["llm-d-modelservice"],
          inferencepool: versions.charts.inferencepool,
        },
        crds: {},
        ...(chartMirror === undefined ? {} : { mirror: chartMirror }),
        root: process.cwd(),
      }),
    });
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);
    const suffix = settings.id === undefined ? "" : `-${settings.id}`;
    const accountName = `${MODEL_SERVER_ACCOUNT}${suffix}`;
    const account = new ModelServerAccount(`${name}-account`, { namespace, accountName }, child());
    new ModelServer(
      name,
      {
        installation,
        releaseName: names.modelRelease,
        namespace,
        model: { ...settings, uri: settings.uri ?? `hf://${settings.name}` },
        image: imageReference(versions.images.vllm),
        podLabels: names.podLabels,
        authSecretName: huggingFaceSecret,
        serviceAccountName: account.accountName,
        autoscaled: false,
      },
      child(account),
    );
    const picker = new EndpointPicker(
      `${name}-picker`,
      {
        installation,
        releaseName: names.poolRelease,
        namespace,
        endpointPicker,
        image: { ...versions.images.epp, tag: imageTag(versions.images.epp) },
        inferencePoolApi: versions.inferencePoolApi,
        selector: names.podLabels,
        targetPort: MODEL_SERVER_PORT,
        blockSize: settings.blockSize,
        prefixCaching: settings.prefixCaching,
        metricsAuthentication: false,
        rolling: false,
        timeoutSeconds: TIMEOUTS.endpointPicker,
      },
      child(),
    );
    const { poolName, poolGroup } = picker;
    const route = new InferenceRoute(
      `${name}-route`,
      {
        installation,
        routeName: name,
        namespace,
        gatewayName,
        models: [{ poolName, poolGroup, pathPrefix: names.pathPrefix }],
        timeoutSeconds: TIMEOUTS.route,
      },
      child(picker),
    );
    this.poolName = poolName;
    this.routeName = route.routeName;
    this.registerOutputs({ poolName: this.poolName, routeName: this.routeName });
  }
}

/**
 * The settings of the model, with the defaults and checks of the program's configuration.
 *
 * @throws InputPropertiesError that lists every property that is not valid.
 */
function modelSettings({ model, modelId, uri, replicas, tensorParallel, maxModelLen, extraArgs }: ServedModelArgs) {
  const given = Object.entries({ name: model, id: modelId, uri, replicas, tensorParallel, maxModelLen, extraArgs });
  const settings = Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null));
  const parsed = modelSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    propertyPath: path
      .join(".")
      .replace(/^name$/, "model")
      .replace(/^id$/, "modelId"),
    reason: message,
  }));
  const message = errors.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`).join("; ");
  throw new pulumi.InputPropertiesError({ message, errors });
}
