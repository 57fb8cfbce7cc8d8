#!/usr/bin/env node
/**
 * What Helm runs over the model chart's objects where an autoscaler owns the number of replicas: it leaves the number out of
 * the Deployment. The chart always writes one, and each upgrade would set it again, whatever the autoscaler has made of it.
 */
const fs = require("node:fs");

const documents = fs.readFileSync(0, "utf8").split(/^(?=---)/m);
const changed = documents.map((document) =>
  /^kind: Deployment$/m.test(document) ? document.replace(/^ {2}replicas:.*\n/m, "") : document,
);
process.stdout.write(changed.join(""));
