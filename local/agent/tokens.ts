/** Tokens of pods' service accounts, asked for once and renewed in time. */
import type { CoreV1Api, V1Pod, V1ServiceAccountTokenProjection } from "@kubernetes/client-node";

interface Issued {
  token: string;
  /** When to ask for the next one, in milliseconds since 1970. */
  renewAt: number;
}

/** Seconds a token is valid where the projection does not say (the API's default). */
const DEFAULT_LIFETIME = 3600;
/** The kubelet renews at 80 % of a token's time, and at the latest after a day. */
const RENEWAL = 0.8;
const LONGEST_USE_MS = 24 * 3600 * 1000;

/** The tokens of all pods. */
export class ServiceAccountTokens {
  private readonly issued = new Map<string, Issued>();

  constructor(private readonly core: CoreV1Api) {}

  /** The pod's token for the projection's audience, bound to the pod as the kubelet's are. */
  async token(pod: V1Pod, projection: V1ServiceAccountTokenProjection): Promise<string> {
    const key = [pod.metadata?.uid, projection.audience, projection.expirationSeconds].join("|");
    const known = this.issued.get(key);
    if (known !== undefined && Date.now() < known.renewAt) return known.token;
    const askedAt = Date.now();
    const answer = await this.core.createNamespacedServiceAccountToken({
      namespace: pod.metadata?.namespace ?? "",
      name: pod.spec?.serviceAccountName ?? "default",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          audiences: projection.audience === undefined || projection.audience === "" ? [] : [projection.audience],
          expirationSeconds: projection.expirationSeconds ?? DEFAULT_LIFETIME,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod.metadata?.name, uid: pod.metadata?.uid },
        },
      },
    });
    const token = answer.status?.token ?? "";
    const lifetime = new Date(answer.status?.expirationTimestamp ?? askedAt).getTime() - askedAt;
    this.issued.set(key, { token, renewAt: askedAt + Math.min(lifetime * RENEWAL, LONGEST_USE_MS) });
    return token;
  }

  /** Forgets a pod that is gone. */
  forget(uid: string): void {
    for (const key of this.issued.keys()) if (key.startsWith(`${uid}|`)) this.issued.delete(key);
  }
}
