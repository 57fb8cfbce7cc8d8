const fs = require("node:fs");

/**
 * What a post-renderer does: Helm gives it a chart's objects by standard input and installs what it prints. All but Deployments
 * stay as they are, to the letter.
 *
 * @param {(deployment: string) => string} rewrite
 */
module.exports = function rewriteDeployments(rewrite) {
  const documents = fs.readFileSync(0, "utf8").split(/^(?=---)/m);
  const changed = documents.map((document) => (/^kind: Deployment$/m.test(document) ? rewrite(document) : document));
  process.stdout.write(changed.join(""));
};
