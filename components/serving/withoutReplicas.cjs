#!/usr/bin/env node
/**
 * Post-renderer of the model chart for models with an autoscaler: it removes the number of replicas from the Deployment. The chart always
 * sets it, and each upgrade would undo the autoscaler's number.
 */
const rewriteDeployments = require("./rewriteDeployments.cjs");

rewriteDeployments((deployment) => deployment.replace(/^ {2}replicas:.*\n/m, ""));
