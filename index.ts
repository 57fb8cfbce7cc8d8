import * as pulumi from "@pulumi/pulumi";
import { volumesGiB } from "./monitoring/stack/volumes";
import { costLine } from "./stacks/platforms/eks/cost";
import { buildEnvironment, type Environment } from "./stacks/environment";
import { type EnvironmentConfig, loadConfig } from "./stacks/config";
import { imagesOf, pinsOf } from "./stacks/pins";
import { imageReference } from "./stacks/versions";

/** A request that can be pasted into a shell. */
function tryIt(url: string, model: string, needsToken: boolean): string {
  const body = JSON.stringify({ model, prompt: "The capital of France is", max_tokens: 16 });
  const token = needsToken ? ` -H "Authorization: Bearer $TOKEN"` : "";
  return `curl -sS ${url}/v1/completions${token} -H 'Content-Type: application/json' -d '${body}'`;
}

/** What was installed, in the versions it was installed in. */
function installed(config: EnvironmentConfig): Record<string, unknown> {
  const { lane, versions } = config;
  const { charts, crds } = pinsOf(config);
  const byName = <T>(pins: Readonly<Record<string, T>>, show: (pin: T) => string) =>
    Object.fromEntries(Object.entries(pins).map(([name, pin]) => [name, show(pin)]));
  return {
    lane,
    inferencePoolApi: versions.inferencePoolApi,
    charts: byName(charts, (pin) => pin.version),
    crds: byName(crds, (pin) => pin.version),
    images: byName(imagesOf(config), imageReference),
  };
}

/** Where monitoring is found, as far as the mode has it: an output that is undefined would be an empty one. */
function monitoringOutputs(environment: Environment): Record<string, unknown> {
  const { grafanaUrl, grafanaAdminUser, grafanaAdminPassword, prometheusUrl } = environment;
  const outputs = { grafanaUrl, grafanaAdminUser, grafanaAdminPassword, prometheusUrl };
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined));
}

/** The program: `pulumi up` runs this, and the embedded environment runs the same through the Automation API. */
export = async (): Promise<Record<string, unknown>> => {
  const config = loadConfig();
  const cost = config.aws === undefined ? undefined : costLine(config.aws, volumesGiB(config.monitoring));
  // In a preview too: machines at this price are better seen before than after.
  if (cost !== undefined) await pulumi.log.info(`Costs ${cost}`);
  const environment = await buildEnvironment(config);
  const first = config.models[0]?.name ?? "";
  return {
    gatewayUrl: environment.gatewayUrl,
    gatewayUrls: environment.gatewayUrls,
    gatewayAddress: environment.gatewayAddress,
    namespace: environment.namespace,
    models: config.models.map(({ name }) => name),
    versions: installed(config),
    tryIt: pulumi
      .output(environment.gatewayUrls[first] ?? "")
      .apply((url) => tryIt(url, first, config.gateway.jwt !== undefined)),
    ...monitoringOutputs(environment),
    kubeconfig: environment.kubeconfig,
    ...(cost === undefined ? {} : { cost }),
  };
};
