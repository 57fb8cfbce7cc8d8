import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { eventually, type TestEnvironment } from "../support/environment";
import { sharedEnvironment } from "../support/shared";

describe("pods that complete", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  let batch: k8s.BatchV1Api;
  let core: k8s.CoreV1Api;
  before(async () => {
    environment = await sharedEnvironment();
    batch = environment.kubeconfig.makeApiClient(k8s.BatchV1Api);
    core = environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
  });

  const namespace = "default";

  /** Runs a script in a Job until the Job has ended. @returns the Job and its pods */
  async function run(
    name: string,
    script: string,
    spec: Partial<k8s.V1JobSpec>,
    restartPolicy: "Never" | "OnFailure",
  ): Promise<{ job: k8s.V1Job; pods: k8s.V1Pod[] }> {
    const container: k8s.V1Container = {
      name: "script",
      image: "docker.io/library/node:22-slim",
      command: ["node", "-e", script],
      terminationMessagePolicy: "FallbackToLogsOnError",
      volumeMounts: [{ name: "kept", mountPath: "/kept" }],
      securityContext: { runAsUser: 1000, runAsNonRoot: true, readOnlyRootFilesystem: true },
    };
    const template = { spec: { restartPolicy, containers: [container], volumes: [{ name: "kept", emptyDir: {} }] } };
    await batch.createNamespacedJob({ namespace, body: { metadata: { name }, spec: { ...spec, template } } });
    const job = await eventually(
      `the Job ${name} has ended`,
      60_000,
      () => batch.readNamespacedJob({ namespace, name }),
      ({ status }) => (status?.conditions ?? []).some(({ type }) => type === "Complete" || type === "Failed"),
    );
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: `batch.kubernetes.io/job-name=${name}`,
    });
    return { job, pods: items };
  }

  const terminated = (pod: k8s.V1Pod | undefined): k8s.V1ContainerStateTerminated | undefined =>
    pod?.status?.containerStatuses?.[0]?.state?.terminated;

  it("succeed together with their Job, and leave a termination message", async () => {
    const script = `require("fs").writeFileSync("/dev/termination-log", "uid " + process.getuid())`;
    const { job, pods } = await run("succeeds", script, {}, "Never");
    assert.equal(job.status?.succeeded, 1);
    assert.equal(pods[0]?.status?.phase, "Succeeded");
    assert.deepEqual([terminated(pods[0])?.exitCode, terminated(pods[0])?.message], [0, "uid 1000"]);
  });

  it("fail together with their Job, and the termination message has the end of the log", async () => {
    const script = `console.log("the reason"); process.exit(3)`;
    const { job, pods } = await run("fails", script, { backoffLimit: 0 }, "Never");
    assert.equal(job.status?.conditions?.find(({ type }) => type === "Failed")?.reason, "BackoffLimitExceeded");
    assert.equal(pods[0]?.status?.phase, "Failed");
    assert.equal(terminated(pods[0])?.exitCode, 3);
    assert.match(terminated(pods[0])?.message ?? "", /the reason/);
  });

  it("are restarted in place with restartPolicy OnFailure", async () => {
    const counter = `const fs = require("fs"); fs.appendFileSync("/kept/runs", "x");`;
    const script = `${counter} process.exit(fs.readFileSync("/kept/runs").length < 2 ? 1 : 0)`;
    const { job, pods } = await run("again", script, {}, "OnFailure");
    assert.equal(job.status?.succeeded, 1);
    assert.equal(pods[0]?.status?.containerStatuses?.[0]?.restartCount, 1);
  });

  it("are ended when their Job reaches its deadline", async () => {
    const { job } = await run(
      "late",
      `process.on("SIGTERM", () => process.exit(1)); setTimeout(() => {}, 60_000)`,
      { activeDeadlineSeconds: 2 },
      "Never",
    );
    assert.equal(job.status?.conditions?.find(({ type }) => type === "Failed")?.reason, "DeadlineExceeded");
  });

  after(async () => {
    for (const name of ["succeeds", "fails", "again", "late"]) {
      await batch.deleteNamespacedJob({ namespace, name, propagationPolicy: "Background" }).catch(() => undefined);
    }
  });
});
