#!/usr/bin/env node
/**
 * What Helm runs over the inferencepool chart's objects, so that an update of the endpoint picker loses no request: the new one
 * is ready before the old one is told to end, and the old one goes on for a while with what it has under way. The chart (v1.3.1)
 * says Recreate, for those of several that elect a leader, and has values for neither. A post-renderer has no arguments: how
 * long is said by a variable of the container.
 */
const { parseDocument } = require("yaml");
const rewriteDeployments = require("./rewriteDeployments.cjs");

/** What the endpoint picker gets to end after SIGTERM, in seconds: 30 are controller-runtime's own limit. */
const EXIT_SECONDS = 35;

/** Where the gateway asks it. */
const EXT_PROC_PORT = 9002;

/** How long it may take until it listens, in seconds; a busy machine needs some for its certificate. */
const START_SECONDS = 120;

rewriteDeployments((text) => {
  const document = parseDocument(text.replace(/^---.*\n/, ""));
  document.setIn(["spec", "strategy"], {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
  });
  const pod = ["spec", "template", "spec"];
  const containers = document.toJS().spec.template.spec.containers;
  const picker = containers.findIndex(({ name }) => name === "epp");
  // Its health server answers for it seconds before it listens to the gateway: first it makes itself a certificate.
  const listens = { tcpSocket: { port: EXT_PROC_PORT }, periodSeconds: 1, failureThreshold: START_SECONDS };
  document.setIn([...pod, "containers", picker, "startupProbe"], listens);
  const seconds = Number(containers[picker].env.find(({ name }) => name === "LLMD_DRAIN_SECONDS")?.value ?? 0);
  if (seconds > 0) {
    document.setIn([...pod, "containers", picker, "lifecycle"], { preStop: { sleep: { seconds } } });
    const grace = document.getIn([...pod, "terminationGracePeriodSeconds"]) ?? 30;
    document.setIn([...pod, "terminationGracePeriodSeconds"], Math.max(grace, seconds + EXIT_SECONDS));
  }
  return `---\n${document.toString({ lineWidth: 0 })}`;
});
