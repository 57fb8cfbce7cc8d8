import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** Answers to the calls that moto does not implement. */
export interface FakeAwsAnswers {
  /** Quota values by code. Service Quotas does not know other codes. */
  readonly quotas?: Readonly<Record<string, number>>;
  /** EKS's Kubernetes versions with their support status. */
  readonly eksVersions?: Readonly<Record<string, string>>;
  /** Versions of EKS add-ons by name. The first one is the default. */
  readonly addons?: Readonly<Record<string, readonly string[]>>;
  /** Names of EKS images. */
  readonly images?: readonly string[];
  /** Fields of a capacity reservation, by their names in EC2's XML. */
  readonly reservation?: Readonly<Record<string, string>>;
  /** Refused EC2 calls. */
  readonly denied?: readonly string[];
}

/** A proxy in front of moto. It answers what moto does not implement, and forwards everything else. */
export interface FakeAws {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startFakeAws(moto: string, answers: FakeAwsAnswers): Promise<FakeAws> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const own = answer(request, body.toString("utf8"), answers);
      if (own !== undefined) {
        response.writeHead(own.status, { "content-type": own.type }).end(own.body);
        return;
      }
      const passed = http.request(
        `${moto}${request.url ?? "/"}`,
        { method: request.method, headers: request.headers },
        (answered) => {
          response.writeHead(answered.statusCode ?? 500, answered.headers);
          answered.pipe(response);
        },
      );
      passed.once("error", (error) => response.writeHead(502).end(error.message));
      passed.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (body: unknown, status = 200): Answer => ({
  status,
  type: "application/x-amz-json-1.1",
  body: JSON.stringify(body),
});
const xml = (body: string, status = 200): Answer => ({ status, type: "text/xml", body });

function answer(request: http.IncomingMessage, body: string, answers: FakeAwsAnswers): Answer | undefined {
  const target = String(request.headers["x-amz-target"] ?? "");
  const action = new URLSearchParams(body).get("Action") ?? "";
  if (/^ServiceQuotas/.test(target) && answers.quotas !== undefined) {
    const { QuotaCode, ServiceCode } = JSON.parse(body) as { QuotaCode: string; ServiceCode: string };
    const value = answers.quotas[QuotaCode];
    if (value === undefined) return json({ __type: "NoSuchResourceException", message: "no such quota" }, 400);
    return json({ Quota: { ServiceCode, QuotaCode, Value: value } });
  }
  if (request.url?.startsWith("/cluster-versions") === true && answers.eksVersions !== undefined) {
    const clusterVersions = Object.entries(answers.eksVersions).map(([clusterVersion, versionStatus]) => ({
      clusterVersion,
      versionStatus,
    }));
    return json({ clusterVersions });
  }
  if (request.url?.startsWith("/addons/supported-versions") === true && answers.addons !== undefined) {
    const clusterVersion = new URL(request.url, "http://fake").searchParams.get("kubernetesVersion");
    const addons = Object.entries(answers.addons).map(([addonName, versions]) => ({
      addonName,
      addonVersions: versions.map((addonVersion, index) => ({
        addonVersion,
        compatibilities: [{ clusterVersion, defaultVersion: index === 0 }],
      })),
    }));
    return json({ addons });
  }
  if (answers.denied?.includes(action) === true) {
    return xml(ec2Error("UnauthorizedOperation", `not authorized to perform: ec2:${action}`), 403);
  }
  if (action === "DescribeCapacityReservations" && answers.reservation !== undefined) {
    const { capacityReservationId } = answers.reservation;
    const asked = new URLSearchParams(body).get("CapacityReservationId.1");
    if (asked !== null && asked !== capacityReservationId) {
      return xml(ec2Error("InvalidCapacityReservationId.NotFound", "no such reservation"), 400);
    }
    const fields = Object.entries(answers.reservation).map(([name, value]) => `<${name}>${value}</${name}>`);
    const set = `<capacityReservationSet><item>${fields.join("")}</item></capacityReservationSet>`;
    const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
    return xml(
      `<DescribeCapacityReservationsResponse xmlns="${namespace}">${set}</DescribeCapacityReservationsResponse>`,
    );
  }
  const wanted = /^(amazon-eks-node-.*)\*$/.exec(new URLSearchParams(body).get("Filter.1.Value.1") ?? "")?.[1];
  if (action === "DescribeImages" && answers.images !== undefined && wanted !== undefined) {
    const items = answers.images
      .filter((name) => name.startsWith(wanted))
      .map((name) => `<item><imageId>ami-1</imageId><name>${name}</name></item>`);
    const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
    return xml(
      `<DescribeImagesResponse xmlns="${namespace}"><imagesSet>${items.join("")}</imagesSet></DescribeImagesResponse>`,
    );
  }
  return undefined;
}

function ec2Error(code: string, message: string): string {
  return `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`;
}
