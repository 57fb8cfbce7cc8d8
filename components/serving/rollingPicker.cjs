#!/usr/bin/env node
/**
 * Post-renderer of the inferencepool chart, so that an update of the endpoint picker loses no request. The new one is ready before the
 * old one ends, and the old one still finishes its requests for a while. The chart (v1.3.1) sets the strategy Recreate, for several
 * replicas with a leader, and has no values for strategy and lifecycle. A post-renderer has no arguments, so a variable of the
 * container tells it the time.
 */
const { parseDocument } = require("yaml");
const rewriteDeployments = require("./rewriteDeployments.cjs");

/** Time between SIGTERM and SIGKILL, in seconds; controller-runtime's own limit is 30. */
const EXIT_SECONDS = 35;

/** Port for the gateway. */
const EXT_PROC_PORT = 9002;

/** How long it may take until it listens, in seconds; on a busy machine the certificate takes time. */
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
  // Its health server answers seconds before its port for the gateway is open, because it creates a certificate first.
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
