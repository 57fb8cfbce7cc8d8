import * as assert from "node:assert/strict";
import { chooseAddresses, freePort, usedAddresses } from "../../../local/network";

describe("local/network", () => {
  it("chooses kubeadm's ranges when they are free", () => {
    assert.deepEqual(chooseAddresses([], []), {
      index: 0,
      bridge: "llmd0",
      podCidr: "10.244.0.0/16",
      bridgeAddress: "10.244.0.1",
      serviceCidr: "10.96.0.0/16",
      serviceAddress: "10.96.0.1",
      loadBalancerPrefix: "127.244.0",
    });
  });

  it("chooses the next ranges next to another embedded environment", () => {
    assert.equal(chooseAddresses([], ["lo", "llmd0"]).bridge, "llmd1");
  });

  it("skips a range for pods or Services that the machine already has a route to", () => {
    assert.equal(chooseAddresses(["10.244.7.1"], []).podCidr, "10.243.0.0/16");
    assert.equal(chooseAddresses(["10.96.0.10"], []).serviceCidr, "10.97.0.0/16");
  });

  it("ignores addresses in other networks that begin with 10", () => {
    assert.equal(chooseAddresses(["10.0.0.5", "192.168.244.1"], []).index, 0);
  });

  it("reports what to do when all ranges are in use", () => {
    const used = Array.from({ length: 10 }, (_, index) => `10.${244 - index}.0.1`);
    assert.throws(() => chooseAddresses(used, []), /no free address range .*make local-down/);
  });

  it("reads the kernel's route table, whose addresses are little-endian hexadecimal", () => {
    const routes = "Iface\tDestination\tGateway\neth0\t00000000\t0102A8C0\ncni0\t0000F40A\t00000000\n";
    const used = usedAddresses(routes);
    assert.ok(used.includes("10.244.0.0"));
    assert.ok(!used.includes("0.0.0.0"));
  });

  it("finds a free port", async () => {
    const port = await freePort();
    assert.ok(port > 1023 && port < 65536);
  });
});
