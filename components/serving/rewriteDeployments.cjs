const fs = require("node:fs");

/**
 * The frame of a post-renderer: Helm writes a chart's objects to its standard input, and installs its output. Only Deployments
 * change.
 *
 * @param {(deployment: string) => string} rewrite
 */
module.exports = function rewriteDeployments(rewrite) {
  const documents = fs.readFileSync(0, "utf8").split(/^(?=---)/m);
  const changed = documents.map((document) => (/^kind: Deployment$/m.test(document) ? rewrite(document) : document));
  process.stdout.write(changed.join(""));
};
