import * as assert from "node:assert/strict";
import { privilegeProblem } from "../../../local/prerequisites";

const status = (capabilities: string): string => `Name:\tnode\nCapInh:\t0000000000000000\nCapEff:\t${capabilities}\n`;

describe("local/prerequisites", () => {
  it("is content with all capabilities", () => {
    assert.equal(privilegeProblem(status("000001ffffffffff")), undefined);
  });

  it("is content with the two that are needed", () => {
    assert.equal(privilegeProblem(status("0000000000201000")), undefined);
  });

  it("names both when there are none, and how to get them", () => {
    const problem = privilegeProblem(status("0000000000000000"));
    assert.match(problem ?? "", /^missing CAP_NET_ADMIN and CAP_SYS_ADMIN: /);
    assert.match(problem ?? "", /sudo env "PATH=\$PATH" make local/);
    assert.match(problem ?? "", /--privileged/);
  });

  it("names the one that is missing, as in a container with CAP_NET_ADMIN alone", () => {
    assert.match(privilegeProblem(status("0000000000001000")) ?? "", /^missing CAP_SYS_ADMIN: /);
  });

  it("takes a status without the line for one without capabilities", () => {
    assert.match(privilegeProblem("Name:\tnode\n") ?? "", /^missing CAP_NET_ADMIN and CAP_SYS_ADMIN: /);
  });
});
