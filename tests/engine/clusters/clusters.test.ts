import * as assert from "node:assert/strict";
import { checkPrivileges } from "../../../local/prerequisites";
import { Definitions } from "../../support/definitions";
import { startEnvironment } from "../../support/environment";
import { OpenShiftCluster } from "../../support/openshiftCluster";
import { skip } from "../../support/skip";
import { existingEnvironment } from "./existing";
import { openshiftEnvironment } from "./openshift";
import { openshiftGpus } from "./openshiftGpus";
import type { Site } from "./site";

describe("environments on existing clusters", function () {
  this.timeout(900_000);
  let shared: Site | undefined;
  before(async function () {
    const problem = checkPrivileges();
    if (problem !== undefined) skip(this, problem);
    const environment = await startEnvironment();
    const definitions = new Definitions(environment);
    shared = { environment, definitions, openshift: new OpenShiftCluster(environment, definitions) };
  });
  after(async function () {
    await shared?.openshift.stop();
    const suites = this.test?.parent?.suites ?? [];
    await shared?.environment.stop(suites.some(({ tests }) => tests.some(({ state }) => state === "failed")));
  });
  const site = (): Site => shared ?? assert.fail("the environment has not been started");

  describe("an environment on any Kubernetes", () => existingEnvironment(site));
  describe("an environment on OpenShift", () => openshiftEnvironment(site));
  describe("GPUs on OpenShift", () => openshiftGpus(site));
});
