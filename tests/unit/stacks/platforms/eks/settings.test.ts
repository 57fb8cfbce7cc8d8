import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { EKS_VERSIONS } from "../../../../../stacks/platforms/eks/eksVersions";
import {
  INSTANCE_TYPE_NAMES,
  INSTANCE_TYPES,
  SYSTEM_INSTANCE_TYPES,
} from "../../../../../stacks/platforms/eks/instanceTypes";
import { allocatable, cores, gibibytes } from "../../../../../settings/quantities";
import { checkKubernetes } from "../../../../../stacks/compatibility";
import { LANES } from "../../../../../stacks/versions";
import { lines, parseAws, problemsOf } from "../../../../support/configurations";

const ID = "cr-0123456789abcdef0";
const ZONE = "us-east-1b";

describe("valid AWS configurations", () => {
  it("get every default", () => {
    assert.deepEqual(parseAws().aws, {
      region: "us-east-1",
      name: "llm-d-test",
      tags: {},
      network: {
        cidr: "10.0.0.0/16",
        zones: [],
        zoneCount: 3,
        nat: "single",
        interfaceEndpoints: false,
        flowLogs: { enabled: false, retentionDays: 30 },
      },
      cluster: {
        version: "1.33",
        endpoint: { public: false, publicCidrs: [], allowAnywhere: false },
        logTypes: ["api", "audit", "authenticator"],
        logRetentionDays: 90,
        adminPrincipals: [],
        addons: EKS_VERSIONS["1.33"].addons,
      },
      systemNodes: { instanceType: "m6i.2xlarge", minSize: 2, maxSize: 4, desiredSize: 2, diskGiB: 100 },
      gpuNodes: {
        instanceType: "p4d.24xlarge",
        minSize: 0,
        maxSize: 1,
        desiredSize: 1,
        diskGiB: 300,
        amiRelease: EKS_VERSIONS["1.33"].amiRelease,
        capacity: { type: "onDemand" },
        efa: false,
        placementGroup: false,
        taint: true,
        autoscaled: false,
      },
    });
  });

  it("have no AWS part on other platforms", () => {
    const config = parseAws(
      {},
      { platform: "existing", aws: undefined, kubernetes: { kubeconfig: "/k", context: "c" } },
    );
    assert.ok(!("aws" in config));
  });

  it("get the add-ons and the AMI of the configured Kubernetes version", () => {
    const { aws } = parseAws({ cluster: { version: "1.32" } });
    assert.deepEqual(aws?.cluster.addons, EKS_VERSIONS["1.32"].addons);
    assert.equal(aws.gpuNodes.amiRelease, EKS_VERSIONS["1.32"].amiRelease);
  });

  it("can replace the version of a single add-on", () => {
    const { aws } = parseAws({ cluster: { addons: { coredns: "v1.12.4-eksbuild.11" } } });
    assert.deepEqual(aws?.cluster.addons, { ...EKS_VERSIONS["1.33"].addons, coredns: "v1.12.4-eksbuild.11" });
  });

  it("can open the endpoint to the whole internet with allowAnywhere", () => {
    const endpoint = { public: true, publicCidrs: ["0.0.0.0/0"], allowAnywhere: true };
    assert.deepEqual(parseAws({ cluster: { endpoint } }).aws?.cluster.endpoint, endpoint);
  });

  it("can open the endpoint to a single address", () => {
    const endpoint = { public: true, publicCidrs: ["54.240.193.130/32"] };
    assert.deepEqual(parseAws({ cluster: { endpoint } }).aws?.cluster.endpoint.publicCidrs, endpoint.publicCidrs);
  });

  it("can have no GPU nodes", () => {
    assert.equal(parseAws({ gpuNodes: { desiredSize: 0 } }).aws?.gpuNodes.desiredSize, 0);
  });

  it("can start with too few nodes for the models when an autoscaler adds the others", () => {
    const { aws } = parseAws(
      { gpuNodes: { maxSize: 4, autoscaled: true } },
      { models: [{ name: "a/b", replicas: 32 }] },
    );
    assert.deepEqual([aws?.gpuNodes.desiredSize, aws?.gpuNodes.maxSize], [1, 4]);
  });

  it("need as many nodes as the scarcest resource requires: memory on g6.12xlarge", () => {
    const models = [{ name: "a/b", replicas: 4 }];
    const node = { instanceType: "g6.12xlarge" };
    assert.ok(parseAws({ gpuNodes: { ...node, maxSize: 2, desiredSize: 2 } }, { models }));
    assert.deepEqual(lines(problemsOf(() => parseAws({ gpuNodes: node }, { models }))), [
      "aws.gpuNodes.maxSize: 1 is too few for the models, whose replicas take 2 nodes of g6.12xlarge; write at least 2, or fewer replicas",
    ]);
  });
});

describe("EFA, placement group and capacity", () => {
  for (const type of ["onDemand", "reservation", "capacityBlock"] as const) {
    for (const placementGroup of [false, true]) {
      for (const efa of [false, true]) {
        const possible = !(type === "capacityBlock" && placementGroup);
        it(`${type}${efa ? ", EFA" : ""}${placementGroup ? ", placement group" : ""}: ${possible ? "accepted" : "refused"}`, () => {
          const capacity = type === "onDemand" ? { type } : { type, id: ID };
          const run = () => parseAws({ gpuNodes: { zone: ZONE, capacity, placementGroup, efa } });
          if (possible) {
            assert.deepEqual(run().aws?.gpuNodes.capacity, capacity);
          } else {
            assert.deepEqual(
              problemsOf(run).map(({ path }) => path),
              ["aws.gpuNodes.placementGroup"],
            );
          }
        });
      }
    }
  }
});

describe("the CIDR block of the VPC", () => {
  it("is accepted exactly when it is private, from /16 to /20, and starts at its first address", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        fc.constantFrom(10, 172, 192, 100, 54),
        octet,
        octet,
        fc.integer({ min: 14, max: 22 }),
        (a, b, c, prefix) => {
          const cidr = `${a}.${b}.${c}.0/${prefix}`;
          const aligned = (b * 65_536 + c * 256) % 2 ** (32 - prefix) === 0;
          const isPrivate =
            a === 10 ||
            (a === 172 && b >= 16 && b < 32) ||
            (a === 192 && b === 168) ||
            (a === 100 && b >= 64 && b < 128);
          const good = prefix >= 16 && prefix <= 20 && aligned && isPrivate;
          if (good) {
            assert.equal(parseAws({ network: { cidr } }).aws?.network.cidr, cidr);
          } else {
            assert.deepEqual(
              problemsOf(() => parseAws({ network: { cidr } })).map(({ path }) => path),
              ["aws.network.cidr"],
            );
          }
        },
      ),
    );
  });
});

describe("the table of instance types", () => {
  it("has AWS's documented values for p4d.24xlarge", () => {
    assert.deepEqual(INSTANCE_TYPES["p4d.24xlarge"], {
      vcpus: 96,
      memoryGiB: 1152,
      gpus: 8,
      gpuModel: "A100-SXM4-40GB",
      gpuMemoryGiB: 40,
      networkCards: 4,
      efaInterfaces: 4,
      instanceStore: true,
      maxPods: 737,
      hourlyUsd: 21.957642,
    });
  });

  for (const name of INSTANCE_TYPE_NAMES) {
    it(`has plausible values for ${name}`, () => {
      const facts = INSTANCE_TYPES[name];
      assert.ok([1, 4, 8].includes(facts.gpus));
      assert.ok(facts.efaInterfaces <= facts.networkCards);
      assert.ok(facts.hourlyUsd > 0.5 * facts.gpus && facts.hourlyUsd < 20 * facts.gpus);
      assert.ok(facts.memoryGiB >= 2 * facts.vcpus && facts.maxPods >= 58);
    });
  }

  it("has the same price for each vCPU in every size of a family for system nodes", () => {
    for (const [name, facts] of Object.entries(SYSTEM_INSTANCE_TYPES)) {
      const small = SYSTEM_INSTANCE_TYPES[name.replace(/\.\dx/, ".x") as keyof typeof SYSTEM_INSTANCE_TYPES];
      assert.ok(Math.abs(facts.hourlyUsd / facts.vcpus - small.hourlyUsd / small.vcpus) < 1e-9, name);
    }
  });
});

describe("the table of EKS versions", () => {
  for (const [version, pins] of Object.entries(EKS_VERSIONS)) {
    it(`pins ${version} to its own AMI and kube-proxy`, () => {
      assert.ok(pins.amiRelease.startsWith(`${version}.`));
      assert.ok(pins.addons["kube-proxy"].startsWith(`v${version}.`));
      assert.ok(Object.values(pins.addons).every((addon) => /^v\d+\.\d+\.\d+-eksbuild\.\d+$/.test(addon)));
    });
  }
});

describe("the check of Kubernetes and Istio", () => {
  const lane = LANES["istio-1.27"];
  const cases: [istio: string, kubernetes: string | undefined, reported?: string][] = [
    ["1.27.9", "1.33"],
    ["1.27.9", "1.28", "Kubernetes 1.28 does not fit Istio 1.27.9, which supports 1.29 to 1.33; write 1.29"],
    ["1.27.9", "1.34", "Kubernetes 1.34 does not fit Istio 1.27.9, which supports 1.29 to 1.33; write 1.33"],
    ["1.29.1", "1.34"],
    ["1.30.0", "1.99"],
    ["1.27.9", undefined],
  ];
  for (const [istio, kubernetes, reported] of cases) {
    it(`${reported === undefined ? "accepts" : "refuses"} ${kubernetes ?? "an unknown version"} with Istio ${istio}`, () => {
      const problems = checkKubernetes({ ...lane, istio }, { setting: "aws.cluster.version", version: kubernetes });
      assert.deepEqual(lines(problems), reported === undefined ? [] : [`aws.cluster.version: ${reported}`]);
    });
  }
});

describe("quantities", () => {
  it("of CPU are converted to cores", () => {
    assert.deepEqual(
      [cores("500m"), cores("2"), cores("0.5"), cores("x"), cores(undefined)],
      [0.5, 2, 0.5, undefined, undefined],
    );
  });

  it("of bytes are converted to GiB", () => {
    assert.deepEqual(
      [gibibytes("512Mi"), gibibytes("1Ti"), gibibytes("1x"), gibibytes(undefined)],
      [0.5, 1024, undefined, undefined],
    );
    assert.equal(gibibytes("1G")?.toFixed(4), "0.9313");
  });

  it("that pods can request are smaller than the node", () => {
    assert.deepEqual(allocatable({ vcpus: 8, memoryGiB: 32 }), { cpu: 7.4, memory: 28.8 });
  });
});
