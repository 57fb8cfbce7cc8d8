import * as assert from "node:assert/strict";
import {
  CreateTagsCommand,
  DescribeImagesCommand,
  EC2Client,
  RunInstancesCommand,
  type _InstanceType,
} from "@aws-sdk/client-ec2";
import { type Result, runChecks } from "../../../../../operations/preflight/check";
import { type AwsConfig, resolveAws } from "../../../../../stacks/platforms/eks/awsConfig";
import { EKS_VERSIONS } from "../../../../../stacks/platforms/eks/eksVersions";
import { awsChecks } from "../../../../../stacks/platforms/eks/preflight";
import { awsSchema } from "../../../../../stacks/platforms/eks/settings";
import { type FakeAws, type FakeAwsAnswers, startFakeAws } from "../../../../support/fakeAws";
import { withMoto } from "../../../../support/withMoto";

const OWNER = "llm-d/dev";
const RESERVATION = "cr-0123456789abcdef0";

const PINS = EKS_VERSIONS["1.33"];
const RELEASE_DAY = PINS.amiRelease.split("-")[1];

/** Answers of an account that has everything. */
const GOOD: FakeAwsAnswers = {
  quotas: { "L-417A185B": 96, "L-1216C47A": 64, "L-F678F1CE": 5, "L-0263D0A3": 5 },
  eksVersions: { "1.32": "EXTENDED_SUPPORT", "1.33": "STANDARD_SUPPORT" },
  addons: Object.fromEntries(Object.entries(PINS.addons).map(([name, version]) => [name, ["v9-eksbuild.1", version]])),
  images: ["nvidia", "standard"].map((variant) => `amazon-eks-node-al2023-x86_64-${variant}-1.33-v${RELEASE_DAY}`),
};

const RESERVATION_FIELDS = {
  capacityReservationId: RESERVATION,
  state: "active",
  instanceType: "p4d.24xlarge",
  availabilityZone: "us-east-1a",
  instancePlatform: "Linux/UNIX",
  tenancy: "default",
  reservationType: "default",
  totalInstanceCount: "2",
  availableInstanceCount: "1",
};

function config(gpuNodes: Record<string, unknown> = {}): AwsConfig {
  const parsed = awsSchema.parse({ region: "us-east-1", gpuNodes: { zone: "us-east-1a", ...gpuNodes } });
  assert.ok(parsed);
  return resolveAws(parsed, "llm-d-dev");
}

describe("preflight with the AWS SDK's own clients, against moto", function () {
  this.timeout(180_000);
  const aws = withMoto();
  let fake: FakeAws | undefined;

  beforeEach(() => aws.moto().reset());
  afterEach(async () => {
    await fake?.stop();
    fake = undefined;
  });

  async function run(answers: FakeAwsAnswers, gpuNodes?: Record<string, unknown>): Promise<Map<string, Result>> {
    fake = await startFakeAws(aws.moto().endpoint, answers);
    aws.setEndpoint(fake.endpoint);
    // Longer than the default, because moto starts its services slowly on a busy machine.
    const checks = awsChecks(config(gpuNodes), OWNER).map((check) => ({ ...check, timeoutMs: 120_000 }));
    const results = await runChecks(checks);
    return new Map(results.map((result) => [result.id, result]));
  }

  const statuses = (results: Map<string, Result>) => [...results].map(([id, { status }]) => `${id} ${status}`);

  it("passes in an account that has everything", async () => {
    assert.deepEqual(statuses(await run(GOOD)), [
      "aws.credentials passed",
      "aws.quota.gpu passed",
      "aws.quota.system passed",
      "aws.quota.vpcs passed",
      "aws.quota.addresses passed",
      "aws.offering.gpu passed",
      "aws.offering.system passed",
      "aws.eks.version passed",
      "aws.eks.addons passed",
      "aws.ami.gpu passed",
      "aws.ami.system passed",
      "aws.cluster.admins passed",
    ]);
  });

  it("reports the account and the caller", async () => {
    const { detail } = (await run(GOOD)).get("aws.credentials") ?? {};
    assert.match(detail ?? "", /account 123456789012, arn:aws:sts::123456789012/);
  });

  it("reports calls that moto does not offer as unknown, never as passed", async () => {
    const results = await run({});
    assert.deepEqual(
      statuses(results).filter((line) => line.endsWith("unknown")),
      [
        ...["aws.quota.gpu unknown", "aws.quota.system unknown", "aws.quota.addresses unknown"],
        ...["aws.eks.version unknown", "aws.eks.addons unknown"],
      ],
    );
    // moto knows only the quotas of this service.
    assert.match(results.get("aws.quota.vpcs")?.detail ?? "", /needs 1; L-F678F1CE allows 5, others use 1/);
  });

  it("counts instances of others against the quota, but not those of this stack", async () => {
    const client = new EC2Client({ region: "us-east-1", endpoint: aws.moto().endpoint });
    const { Images } = await client.send(new DescribeImagesCommand({ Owners: ["amazon"] }));
    const start = async (type: _InstanceType): Promise<string> => {
      const run = new RunInstancesCommand({
        ImageId: Images?.[0]?.ImageId,
        InstanceType: type,
        MinCount: 1,
        MaxCount: 1,
      });
      return (await client.send(run)).Instances?.[0]?.InstanceId ?? "";
    };
    const own = await start("p4d.24xlarge");
    const Tags = [{ Key: "eks:cluster-name", Value: "llm-d-dev" }];
    await client.send(new CreateTagsCommand({ Resources: [own], Tags }));
    assert.equal((await run(GOOD)).get("aws.quota.gpu")?.status, "passed");
    await fake?.stop();
    await start("p4d.24xlarge");
    const result = (await run(GOOD)).get("aws.quota.gpu");
    assert.equal(result?.status, "failed");
    assert.match(result?.detail ?? "", /needs 96; L-417A185B allows 96 vCPUs, others use 96/);
    assert.match(result?.remedy ?? "", /--desired-value 192 --region us-east-1/);
  });

  it("fails when a zone does not offer the instance type", async () => {
    const result = (await run(GOOD, { zone: "us-east-1e" })).get("aws.offering.gpu");
    assert.equal(result?.status, "failed");
    assert.match(result?.remedy ?? "", /us-east-1a/);
  });

  it("checks a reservation instead of the quota", async () => {
    const answers = { ...GOOD, quotas: { ...GOOD.quotas, "L-417A185B": 0 }, reservation: RESERVATION_FIELDS };
    const results = await run(answers, { capacity: { type: "reservation", id: RESERVATION } });
    assert.equal(results.get("aws.quota.gpu")?.status, "passed");
    assert.match(results.get("aws.capacity")?.detail ?? "", /active in us-east-1a, 1 of 2 free/);
  });

  it("counts unused reservations against the quota", async () => {
    const result = (await run({ ...GOOD, reservation: RESERVATION_FIELDS })).get("aws.quota.gpu");
    assert.equal(result?.status, "failed");
    assert.match(result?.detail ?? "", /others use 0 and 96 are reserved/);
  });

  it("fails when a reservation does not exist or is a capacity block", async () => {
    const other = { ...RESERVATION_FIELDS, capacityReservationId: "cr-00000000000000000" };
    const capacity = { type: "reservation", id: RESERVATION };
    assert.match(
      (await run({ ...GOOD, reservation: other }, { capacity })).get("aws.capacity")?.detail ?? "",
      /none in us-east-1/,
    );
    await fake?.stop();
    const block = { ...RESERVATION_FIELDS, reservationType: "capacity-block" };
    assert.match(
      (await run({ ...GOOD, reservation: block }, { capacity })).get("aws.capacity")?.remedy ?? "",
      /Write capacityBlock/,
    );
  });

  it("fails when EKS does not offer an add-on's version, and names EKS's default version", async () => {
    const addons = { ...GOOD.addons, coredns: ["v1.12.9-eksbuild.1"], "kube-proxy": [] };
    const result = (await run({ ...GOOD, addons })).get("aws.eks.addons");
    assert.equal(result?.status, "failed");
    assert.equal(
      result?.detail,
      `not offered: coredns ${PINS.addons.coredns}, kube-proxy ${PINS.addons["kube-proxy"]}`,
    );
    assert.match(
      result?.remedy ?? "",
      /aws\.cluster\.addons: coredns: v1\.12\.9-eksbuild\.1, kube-proxy: none is offered here/,
    );
  });

  it("fails when the region does not have an AMI release, and names the newest one", async () => {
    const images = ["20260801", "20260901"].map((day) => `amazon-eks-node-al2023-x86_64-nvidia-1.33-v${day}`);
    const results = await run({ ...GOOD, images });
    assert.equal(results.get("aws.ami.gpu")?.status, "failed");
    assert.match(
      results.get("aws.ami.gpu")?.remedy ?? "",
      /aws\.gpuNodes\.amiRelease\), the newest here is of 20260901/,
    );
    assert.match(results.get("aws.ami.system")?.remedy ?? "", /none of that kind at all/);
  });

  it("reports a missing permission by name, and checks everything else", async () => {
    const results = await run({ ...GOOD, denied: ["DescribeInstanceTypeOfferings"] });
    const offering = results.get("aws.offering.gpu");
    assert.equal(offering?.status, "unknown");
    assert.match(offering?.detail ?? "", /UnauthorizedOperation.*ec2:DescribeInstanceTypeOfferings/);
    assert.equal(results.get("aws.quota.gpu")?.status, "passed");
  });

  it("fails without credentials, and reports everything else as unknown", async () => {
    const { AWS_ACCESS_KEY_ID: key, HOME: home } = process.env;
    delete process.env.AWS_ACCESS_KEY_ID;
    process.env.HOME = "/nonexistent";
    try {
      const results = await run(GOOD);
      assert.equal(results.get("aws.credentials")?.status, "failed");
      assert.ok([...results.values()].slice(1).every(({ status }) => status === "unknown"));
    } finally {
      process.env.AWS_ACCESS_KEY_ID = key;
      process.env.HOME = home;
    }
  });
});
