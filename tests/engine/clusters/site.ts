import type { Definitions } from "../../support/definitions";
import type { TestEnvironment } from "../../support/environment";

/** The cluster that all of these tests share, one after the other. */
export interface Site {
  readonly environment: TestEnvironment;
  readonly definitions: Definitions;
}
