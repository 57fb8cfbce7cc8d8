import type { CoreV1Api, V1Pod, V1ServiceAccountTokenProjection } from "@kubernetes/client-node";

/** Seconds that a token is valid by default (the API's default). */
const DEFAULT_LIFETIME = 3600;
/** The kubelet renews a token after 80 % of its lifetime, and at the latest after a day. */
const RENEWAL = 0.8;
const LONGEST_USE_MS = 24 * 3600 * 1000;

/** Tokens of the pods' service accounts, requested once and renewed in time. */
export class ServiceAccountTokens {
  private readonly issued = new Map<string, { token: string; renewAt: number }>();

  constructor(private readonly core: CoreV1Api) {}

  /** The pod's token for the projection's audience, bound to the pod as the kubelet's tokens are. */
  async token(pod: V1Pod, { audience = "", expirationSeconds }: V1ServiceAccountTokenProjection): Promise<string> {
    const { uid, name, namespace = "" } = pod.metadata ?? {};
    const key = [uid, audience, expirationSeconds].join("|");
    const known = this.issued.get(key);
    const now = Date.now();
    if (known !== undefined && now < known.renewAt) return known.token;
    const answer = await this.core.createNamespacedServiceAccountToken({
      namespace,
      name: pod.spec?.serviceAccountName ?? "default",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          audiences: audience === "" ? [] : [audience],
          expirationSeconds: expirationSeconds ?? DEFAULT_LIFETIME,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
        },
      },
    });
    const token = answer.status?.token ?? "";
    const lifetime = new Date(answer.status?.expirationTimestamp ?? now).getTime() - now;
    this.issued.set(key, { token, renewAt: now + Math.min(lifetime * RENEWAL, LONGEST_USE_MS) });
    return token;
  }

  /** Forgets the tokens of a pod that is gone. */
  forget(uid: string): void {
    for (const key of this.issued.keys()) if (key.startsWith(`${uid}|`)) this.issued.delete(key);
  }
}
