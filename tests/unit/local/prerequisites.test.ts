import * as assert from "node:assert/strict";
import { privilegeProblem } from "../../../local/prerequisites";

const status = (capabilities: string): string => `Name:\tnode\nCapInh:\t0000000000000000\nCapEff:\t${capabilities}\n`;

describe("local/prerequisites", () => {
  it("accepts all capabilities", () => {
    assert.equal(privilegeProblem(status("000001ffffffffff")), undefined);
  });

  it("accepts the two required capabilities", () => {
    assert.equal(privilegeProblem(status("0000000000201000")), undefined);
  });

  it("names both missing capabilities, and how to get them", () => {
    const problem = privilegeProblem(status("0000000000000000"));
    assert.match(problem ?? "", /^missing CAP_NET_ADMIN and CAP_SYS_ADMIN: /);
    assert.match(problem ?? "", /sudo env "PATH=\$PATH" make local/);
    assert.match(problem ?? "", /--privileged/);
  });

  it("names the missing one in a container that has only CAP_NET_ADMIN", () => {
    assert.match(privilegeProblem(status("0000000000001000")) ?? "", /^missing CAP_SYS_ADMIN: /);
  });

  it("treats a status without the CapEff line as no capabilities", () => {
    assert.match(privilegeProblem("Name:\tnode\n") ?? "", /^missing CAP_NET_ADMIN and CAP_SYS_ADMIN: /);
  });
});
