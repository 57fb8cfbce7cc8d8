#!/usr/bin/env node
/**
 * What Helm runs over the model chart's objects where an autoscaler owns the number of replicas: it leaves the number out of
 * the Deployment. The chart always writes one, and each upgrade would set it again, whatever the autoscaler has made of it.
 */
const rewriteDeployments = require("./rewriteDeployments.cjs");

rewriteDeployments((deployment) => deployment.replace(/^ {2}replicas:.*\n/m, ""));
