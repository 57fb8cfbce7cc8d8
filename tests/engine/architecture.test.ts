import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROJECT_ROOT } from "../../local/state";
import { mermaid, withGraph } from "../support/mermaid";
import { EksStack } from "../support/eksStack";
import { previewJson } from "../support/preview";
import { sharedEnvironment } from "../support/shared";

const PAGE = path.join(PROJECT_ROOT, "docs", "architecture.md");

/** Whether the graphs are written, as `make graph` does, instead of compared. */
const WRITE = process.env.GRAPHS === "write";

/** Compares the page's graph with the one of these resources, or writes it. */
function drawn(stack: string, resources: Parameters<typeof mermaid>[0]): void {
  const page = fs.readFileSync(PAGE, "utf8");
  const fresh = withGraph(page, stack, mermaid(resources));
  if (WRITE) fs.writeFileSync(PAGE, fresh);
  else assert.equal(fresh, page, `the graph of ${stack} in docs/architecture.md is out of date; run: make graph`);
}

describe("the graphs in docs/architecture.md", function () {
  this.timeout(900_000);

  it("include the graph of a preview of the local stack", async () => {
    drawn("local", (await previewJson(await sharedEnvironment())).resources);
  });

  it("include the graph of a preview of the dev stack on AWS", async () => {
    const stack = await EksStack.open("dev");
    try {
      drawn("dev", (await stack.preview()).resources);
    } finally {
      stack.remove();
    }
  });
});
