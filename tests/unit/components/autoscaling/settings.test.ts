import * as assert from "node:assert/strict";
import type { EnvironmentConfig, RawConfig } from "../../../../stacks/config";
import { usedPins } from "../../../../stacks/usedPins";
import { GOOD_AWS, lines, model, parse, problemsOf } from "../../../support/configurations";

const BOUNDS = { maxReplicas: 8 };

/** The problems of a configuration with one model that is autoscaled so. */
function refused(autoscaling: RawConfig, change: RawConfig = {}): string {
  return lines(problemsOf(() => parse({ ...model({ autoscaling }), ...change }))).join("\n");
}

describe("autoscaling in the configuration", () => {
  it("has defaults for all but the most replicas", () => {
    assert.deepEqual(parse(model({ autoscaling: BOUNDS })).models[0]?.autoscaling, {
      minReplicas: 1,
      maxReplicas: 8,
      waitingRequests: 5,
      kvCachePercent: 80,
      pollingSeconds: 15,
      cooldownSeconds: 600,
    });
    assert.match(refused({}), /models\[0\]\.autoscaling\.maxReplicas/);
  });

  it("brings KEDA, its chart and CRDs, where a model has it and nobody else has installed it", () => {
    const autoscaled = parse(model({ autoscaling: BOUNDS }));
    assert.equal(usedPins(autoscaled).charts.keda.name, "keda");
    assert.ok("keda-crds" in usedPins(autoscaled).crds);
    const isUsed = (config: EnvironmentConfig) =>
      "keda" in usedPins(config).charts || "keda-crds" in usedPins(config).crds;
    assert.ok(!isUsed(parse()));
    const other = parse({ ...model({ autoscaling: BOUNDS }), autoscaling: { operator: "preinstalled" } });
    assert.ok(!isUsed(other));
  });

  it("is refused where nobody can be asked for metrics", () => {
    assert.match(refused(BOUNDS, { monitoring: { mode: "off" } }), /autoscaling: is not possible with .*mode off/);
    assert.match(refused(BOUNDS, { monitoring: { mode: "bring-your-own" } }), /needs .*bringYourOwn\.prometheusUrl/);
    const url = { bringYourOwn: { prometheusUrl: "http://prometheus.monitoring:9090" } };
    parse({ ...model({ autoscaling: BOUNDS }), monitoring: { mode: "bring-your-own", ...url } });
  });

  it("is refused together with a number of replicas, and with bounds in the wrong order", () => {
    const both = problemsOf(() => parse(model({ autoscaling: BOUNDS, replicas: 3 })));
    assert.match(
      lines(both).join("\n"),
      /models\[0\]\.replicas: has no effect together with models\[0\]\.autoscaling; remove one/,
    );
    assert.match(refused({ minReplicas: 9, maxReplicas: 8 }), /minReplicas: 9 is more than maxReplicas/);
  });

  it("needs GPU nodes for the most replicas at most, and for the fewest at least", () => {
    const nodes = (sizes: RawConfig, autoscaling: RawConfig) =>
      parse({
        ...GOOD_AWS,
        ...model({ autoscaling }),
        kubernetes: {},
        aws: { region: "us-east-1", gpuNodes: { instanceType: "p4d.24xlarge", ...sizes } },
      });
    const two = { minSize: 1, desiredSize: 1, maxSize: 2 };
    nodes(two, { minReplicas: 8, maxReplicas: 16 });
    assert.match(
      lines(problemsOf(() => nodes(two, { minReplicas: 8, maxReplicas: 17 }))).join("\n"),
      /maxSize: 2 is too few .* take 3 nodes/,
    );
    assert.match(
      lines(problemsOf(() => nodes(two, { minReplicas: 9, maxReplicas: 16 }))).join("\n"),
      /desiredSize: 1 is too few .* take 2 nodes/,
    );
  });
});
