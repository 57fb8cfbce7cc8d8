import * as pulumi from "@pulumi/pulumi";
import { resolveChartSources } from "../components/charts/chartSource";
import { childOptions } from "../components/childOptions";
import { InferenceRoute } from "../components/gateway/inferenceRoute";
import { Installation } from "../components/installation";
import { modelNames } from "../components/naming";
import { EndpointPicker } from "../components/endpointPicker/endpointPicker";
import { ModelServer } from "../components/serving/modelServer";
import { ModelServerAccount } from "../components/serving/modelServerAccount";
import { MODEL_SERVER_PORT } from "../components/serving/modelValues";
import { endpointPickerSchema } from "../components/endpointPicker/settings";
import { modelSchema } from "../components/serving/settings";
import { imageReference, imageTag } from "../components/charts/images";
import { DEFAULT_LANE, LANES } from "../stacks/versions";

export interface ServedModelArgs {
  /** Namespace of everything that is made; it is there. */
  namespace: pulumi.Input<string>;
  /** Name that clients send as "model"; the weights come from hf:// followed by it, unless uri says otherwise. */
  model: string;
  /** hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO. */
  uri?: string;
  /** The Gateway of the namespace that requests come by. */
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
  /** Where charts come from on sites without internet: an oci:// prefix, or a folder. */
  chartMirror?: string;
}

/** How long to wait for the endpoint picker, and for the gateway to take the route, in seconds. */
const TIMEOUTS = { endpointPicker: 600, route: 300 };

/** A model on a cluster with Istio and a Gateway: vLLM replicas, and an endpoint picker that sends a prompt where it is cached. */
export class ServedModel extends pulumi.ComponentResource {
  /** Name of the InferencePool, known once its endpoint picker is ready. */
  readonly poolName: pulumi.Output<string>;
  /** Name of the HTTPRoute, known once the gateway has accepted it. */
  readonly routeName: pulumi.Output<string>;

  constructor(name: string, args: ServedModelArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, gatewayName, huggingFaceSecret, chartMirror } = args;
    // The same defaults and checks as in the program's configuration.
    const settings = modelSchema.parse(written(args));
    const { versions, endpointPicker } = shared();
    super("llm-d:index:ServedModel", name, {}, opts);
    const names = modelNames();
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
    const account = new ModelServerAccount(`${name}-account`, { namespace }, child());
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

/** The versions of the default lane, and the endpoint picker's defaults. */
function shared() {
  return { versions: LANES[DEFAULT_LANE], endpointPicker: endpointPickerSchema.parse({}) };
}

/** The settings of the model that are given; what is not has its default. */
function written({ model, uri, replicas, tensorParallel, maxModelLen, extraArgs }: ServedModelArgs) {
  const given = { name: model, uri, replicas, tensorParallel, maxModelLen, extraArgs };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
}
