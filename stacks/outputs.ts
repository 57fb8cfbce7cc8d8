import * as pulumi from "@pulumi/pulumi";
import { imageReference } from "../components/charts/images";
import type { EnvironmentConfig } from "./config";
import type { Environment } from "./environment";
import { usedPins } from "./usedPins";

/** A curl command for a first request. */
function tryIt(url: string, model: string, needsToken: boolean): string {
  const body = JSON.stringify({ model, prompt: "The capital of France is", max_tokens: 16 });
  const token = needsToken ? ` -H "Authorization: Bearer $TOKEN"` : "";
  return `curl -sS ${url}/v1/completions${token} -H 'Content-Type: application/json' -d '${body}'`;
}

/** The installed charts, CRDs and images with their versions. */
function installed(config: EnvironmentConfig): Record<string, unknown> {
  const { charts, crds, images } = usedPins(config);
  const byName = <T>(pins: Readonly<Record<string, T>>, show: (pin: T) => string) =>
    Object.fromEntries(Object.entries(pins).map(([name, pin]) => [name, show(pin)]));
  return {
    lane: config.lane,
    inferencePoolApi: config.versions.inferencePoolApi,
    charts: byName(charts, (pin) => pin.version),
    crds: byName(crds, (pin) => pin.version),
    images: byName(images, imageReference),
  };
}

/** The outputs of a stack. An undefined output would appear empty, so it is omitted. */
export function outputsOf(
  config: EnvironmentConfig,
  environment: Environment,
  cost: string | undefined,
): Record<string, unknown> {
  const first = config.models[0]?.name ?? "";
  const outputs = {
    ...environment,
    models: config.models.map(({ name }) => name),
    versions: installed(config),
    tryIt: pulumi
      .output(environment.gatewayUrls[first] ?? "")
      .apply((url) => tryIt(url, first, config.gateway.jwt !== undefined)),
    cost,
  };
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined));
}
