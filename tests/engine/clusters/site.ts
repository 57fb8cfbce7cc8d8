import type { Definitions } from "../../support/definitions";
import type { TestEnvironment } from "../../support/environment";
import type { OpenShiftCluster } from "../../support/openshiftCluster";

/** The cluster that all of these tests share. They run one after the other. */
export interface Site {
  readonly environment: TestEnvironment;
  readonly definitions: Definitions;
  /** Makes the cluster look like OpenShift after its start. */
  readonly openshift: OpenShiftCluster;
}
