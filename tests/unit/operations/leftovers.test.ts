import * as assert from "node:assert/strict";
import { takeInventory } from "../../../operations/leftovers/inventory";
import { formatInventory } from "../../../operations/leftovers/report";
import * as removals from "../../../stacks/platforms/eks/leftovers/removal";
import type { Resource, Source } from "../../../stacks/platforms/operations";

const identity = { owner: "llm-d/dev", cluster: "llm-d-dev", region: "us-east-1" };

describe("the inventory", () => {
  const tags = (...found: Resource[]): Source => ({ name: "tags", authoritative: [], found });
  const interfaces = (...found: Resource[]): Source => ({
    name: "network interfaces",
    authoritative: ["ec2:network-interface"],
    found,
  });
  const vpc = { type: "ec2:vpc", id: "vpc-1" };
  const eni = { type: "ec2:network-interface", id: "eni-1" };
  const take = (sources: Source[], ...gone: string[]) =>
    takeInventory(identity, { sources, gone: new Set(gone) }, removals);

  it("is empty, with exit code 0, when nothing is left", () => {
    const inventory = take([tags(), interfaces()]);
    assert.deepEqual([inventory.leftovers, inventory.exitCode], [[], 0]);
    assert.match(formatInventory(inventory), /Nothing is left/);
  });

  it("lists resources in the order in which they can be removed", () => {
    const group = { type: "ec2:security-group", id: "sg-1" };
    const balancer = { type: "elasticloadbalancing:loadbalancer", id: "arn" };
    const { leftovers, exitCode } = take([tags(vpc, group, balancer), interfaces(eni)]);
    assert.deepEqual(
      leftovers.map(({ id }) => id),
      ["arn", "eni-1", "sg-1", "vpc-1"],
    );
    assert.equal(exitCode, 1);
  });

  it("lists a resource once, with the details of all sources", () => {
    const { leftovers } = take([
      tags(vpc),
      { name: "VPCs", authoritative: [], found: [{ ...vpc, detail: "10.0.0.0/16" }] },
    ]);
    assert.deepEqual(
      leftovers.map(({ id, detail }) => [id, detail]),
      [["vpc-1", "10.0.0.0/16"]],
    );
  });

  it("ignores the tags about types that another source lists completely", () => {
    assert.deepEqual(take([tags(eni), interfaces()]).leftovers, []);
  });

  it("uses the tags when that source could not be read, and says so", () => {
    const unread: Source = { ...interfaces(), found: { unreadable: "UnauthorizedOperation: no" } };
    const inventory = take([tags(eni), unread]);
    assert.equal(inventory.leftovers.length, 1);
    assert.match(formatInventory(inventory), /Could not be read:\n {2}network interfaces {2}UnauthorizedOperation/);
  });

  it("does not say that nothing is left when a source could not be read", () => {
    const inventory = take([tags(), { ...interfaces(), found: { unreadable: "no" } }]);
    assert.equal(inventory.exitCode, 1);
    assert.doesNotMatch(formatInventory(inventory), /Nothing is left/);
  });

  it("leaves out deleted resources that are still listed", () => {
    assert.equal(take([tags({ type: "ec2:instance", id: "i-1" })], "i-1").exitCode, 0);
  });

  it("reports a key whose deletion is scheduled, without counting it or a command to remove it", () => {
    const inventory = take([tags({ type: "kms:key", id: "0af1", pending: "gone on 2026-12-01" })]);
    assert.deepEqual([inventory.exitCode, inventory.leftovers, inventory.pending.length], [0, [], 1]);
    assert.match(
      formatInventory(inventory),
      /Nothing is left.*\n\nDeleted.*\n {2}kms:key {2}0af1 {2}gone on 2026-12-01/,
    );
  });

  it("counts a key that was not deleted", () => {
    const inventory = take([tags({ type: "kms:key", id: "0af1" })]);
    assert.equal(inventory.exitCode, 1);
    assert.match(formatInventory(inventory), /aws --region us-east-1 kms schedule-key-deletion --key-id 0af1/);
  });
});
