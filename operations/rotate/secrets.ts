import { checkToken } from "../../components/serving/token";
import { CONFIG_NAMESPACE, type EnvironmentConfig } from "../../stacks/config";
import { hasGrafana } from "../../monitoring/settings";

/** A secret that `make rotate` replaces. */
export interface RotatedSecret {
  /** What a person calls it. */
  readonly title: string;
  /** Whether its new value is given, or made by the program. */
  readonly given: boolean;
  /** Resources that take part, as `pulumi up --target` names them; nothing else is looked at. */
  readonly targets: readonly string[];
  /** Why the value cannot be used; never repeats it. Undefined when it can. */
  readonly refuse: (config: EnvironmentConfig, value: string) => string | undefined;
  /** The setting to change: its path, whether it is a secret, and its value. */
  readonly setting: (config: EnvironmentConfig, value: string) => Setting;
  /** What the user does next. */
  readonly afterwards: string;
}

/** One setting of a stack. */
export interface Setting {
  readonly path: string;
  readonly secret: boolean;
  readonly value: string;
}

/** A resource of a component, whatever the project, the stack and what is above the component. */
const inside = (component: string, type: string): string => `**${component}$${type}::**`;

const STACK = "llmd:monitoring:MonitoringStack";
const KUBERNETES_SECRET = "kubernetes:core/v1:Secret";

/** The secrets by the name that they have on the command line. */
export const SECRETS = {
  "hugging-face-token": {
    title: "Hugging Face token",
    given: true,
    targets: [inside("llmd:serving:HuggingFaceSecret", KUBERNETES_SECRET)],
    refuse: (_, value) =>
      checkToken({ value, secret: true }).length === 0
        ? undefined
        : "what was given (not shown) is not a Hugging Face token; a token starts with hf_ and has no spaces",
    setting: (_, value) => ({ path: `${CONFIG_NAMESPACE}:huggingFaceToken`, secret: true, value }),
    afterwards:
      "No pod was restarted: the token is read when a container starts, to download weights. Once all replicas are ready, " +
      "revoke the old token on huggingface.co.",
  },
  "grafana-admin-password": {
    title: "password of Grafana's administrator",
    given: false,
    targets: [
      inside(STACK, "random:index/randomPassword:RandomPassword"),
      inside(STACK, KUBERNETES_SECRET),
      inside(STACK, "kubernetes:helm.sh/v3:Release"),
    ],
    refuse: ({ monitoring }) => {
      if (!hasGrafana(monitoring)) {
        return `there is none: monitoring.mode is ${monitoring.mode}, and Grafana is somebody else's`;
      }
      return isPersistent(monitoring.values)
        ? "monitoring.values.grafana.persistence keeps Grafana's database, and the password in it; change it there: " +
            "kubectl exec -it -n llm-d-monitoring deploy/kube-prometheus-stack-grafana -c grafana -- grafana cli admin reset-admin-password --password-from-stdin"
        : undefined;
    },
    setting: ({ monitoring }) => ({
      path: `${CONFIG_NAMESPACE}:monitoring.grafana.passwordGeneration`,
      secret: false,
      value: String(monitoring.grafana.passwordGeneration + 1),
    }),
    afterwards: "Read it with: pulumi stack output grafanaAdminPassword --show-secrets",
  },
} as const satisfies Readonly<Record<string, RotatedSecret>>;

function isPersistent(values: Readonly<Record<string, unknown>>): boolean {
  const { grafana } = values as { readonly grafana?: { readonly persistence?: { readonly enabled?: unknown } } };
  return grafana?.persistence?.enabled === true;
}

/** Whether a name is that of a secret that can be rotated. */
export function isRotated(name: string): name is keyof typeof SECRETS {
  return Object.hasOwn(SECRETS, name);
}
