import * as pulumi from "@pulumi/pulumi";
import { adoptionFindings, foreignCrds, nameSome } from "./crdFindings";
import type { ClusterFacts, FoundObject } from "./facts";
import { judge as judgeGpus } from "../../../components/gpu/readiness";
import { type Finding, listFindings } from "./findings";
import { monitoringFindings } from "./monitoringFindings";
import type { Wanted, WantedCrds } from "./wanted";
import { isOwnedBy, OWNER_ANNOTATION } from "../../../components/cluster/owner";

/** Oldest Kubernetes minor that an environment runs on; Istio's chart and the Inference Extension's CRDs need no newer one. */
const OLDEST_KUBERNETES_MINOR = 28;

/** Oldest Kubernetes minor of which a container can sleep before it is told to end (`lifecycle.preStop.sleep`). */
const SLEEP_KUBERNETES_MINOR = 30;

/** Controller of the GatewayClasses that Istio makes. */
const ISTIO_CONTROLLER = "istio.io/gateway-controller";

/** API groups of kGateway's kinds. */
const KGATEWAY_GROUP = /\.kgateway\.dev$/;

/** What the operators that install llm-d themselves bring: CRDs whose objects own gateways, pools and model servers. */
const LLMD_OPERATOR_CRDS: readonly string[] = ["modelservices.llm-d.ai", "llmds.llmd.opendatahub.io"];

/** A policy that Gateway API v1.5 and later installs beside its CRDs: none of an older release may be installed then. */
const SAFE_UPGRADES_POLICY = "safe-upgrades.gateway.networking.k8s.io";

/**
 * Judges whether an environment can be made in a cluster, before anything is: every reason why not, each with what to do.
 * Reads nothing but its arguments.
 */
export function judge(facts: ClusterFacts, wanted: Wanted): Finding[] {
  return [
    ...versionFindings(facts),
    ...drainFindings(facts, wanted),
    ...namespaceFindings(facts, wanted),
    ...istioFindings(facts, wanted),
    ...wanted.bundles
      .filter(({ bundle }) => bundle !== "istio-crds")
      .flatMap((bundle) => crdFindings(facts, wanted, bundle)),
    ...gatewayClassFindings(facts, wanted),
    ...otherOperators(facts),
    ...gpuFindings(facts, wanted),
    ...missingGpuFindings(facts, wanted),
    ...monitoringFindings(facts, wanted.monitoring),
  ];
}

/** Throws one error that lists all findings, if there are any: a `RunError`, which the CLI prints without a stack trace. */
export function refuse(findings: readonly Finding[], where: string): void {
  if (findings.length > 0) throw new pulumi.RunError(listFindings(findings, where));
}

/** The minor of a Kubernetes version such as `v1.33.4` or `v1.29.6+aba1e8d`; undefined where it is none. */
export function kubernetesMinor(version: string): number | undefined {
  const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1]);
  return Number.isNaN(minor) ? undefined : minor;
}

function versionFindings({ kubernetes }: ClusterFacts): Finding[] {
  const minor = kubernetesMinor(kubernetes);
  if (minor !== undefined && minor >= OLDEST_KUBERNETES_MINOR) return [];
  return [
    {
      about: "version",
      found:
        minor === undefined ? `Its version is not known ("${kubernetes}").` : `Kubernetes ${kubernetes} is too old.`,
      remedy: `Use a cluster of 1.${OLDEST_KUBERNETES_MINOR} or later.`,
    },
  ];
}

/** The API server would drop the field and then refuse the Deployment, whose hook would be empty. */
function drainFindings({ kubernetes }: ClusterFacts, { pickerDrains = false }: Wanted): Finding[] {
  const minor = kubernetesMinor(kubernetes) ?? SLEEP_KUBERNETES_MINOR;
  if (!pickerDrains || minor >= SLEEP_KUBERNETES_MINOR || minor < OLDEST_KUBERNETES_MINOR) return [];
  return [
    {
      about: "version",
      found: `On Kubernetes ${kubernetes} the endpoint picker cannot go on for a while when it is replaced, as llm-d:endpointPicker.drainSeconds says.`,
      remedy: `Set llm-d:endpointPicker.drainSeconds to 0: its updates may then lose requests. Or use a cluster of 1.${SLEEP_KUBERNETES_MINOR} or later.`,
    },
  ];
}

/** The same as the guard at creation says (`ownedNamespace.ts`), before anything else is made. */
function namespaceFindings({ namespaces }: ClusterFacts, { owner, namespaces: wanted }: Wanted): Finding[] {
  return Object.entries(wanted).flatMap(([name, setting]) => {
    const found = namespaces[name];
    if (found === undefined || isOwnedBy(found, owner)) return [];
    const maker = found.annotations[OWNER_ANNOTATION];
    return [
      {
        about: "namespace",
        found: `The namespace ${name} exists already and was made by ${maker === undefined ? "somebody else" : `the stack ${maker}`}; "pulumi destroy" would remove it with everything in it.`,
        remedy:
          setting === undefined ? "Remove it first." : `Set llm-d:${setting} to another name, or remove it first.`,
      },
    ];
  });
}

/**
 * Two of Istio's control planes in one cluster share CRDs, cluster roles, webhooks and the class istio, and both would
 * program the same Gateways.
 */
function istioFindings(facts: ClusterFacts, wanted: Wanted): Finding[] {
  const bundle = wanted.bundles.find(({ bundle }) => bundle === "istio-crds");
  const evidence = otherIstio(facts, wanted);
  const crds = bundle === undefined ? [] : foreignCrds(facts, wanted.owner, bundle);
  if (evidence.length === 0 && crds.length === 0) return [];
  if (crds.length > 0) evidence.push(`CRDs ${nameSome(crds.map(({ name }) => name))}`);
  return [
    {
      about: "istio",
      found: `Another Istio is there: ${evidence.join("; ")}. It and this environment's would share CRDs, webhooks and the GatewayClass ${wanted.gatewayClass}, and program the same Gateways.`,
      remedy:
        "Use a cluster without Istio, or uninstall it with its CRDs (`istioctl uninstall --purge`, then the namespace and `kubectl get crd -o name | grep istio.io`).",
    },
  ];
}

/** What is there of an Istio that this stack did not make. */
export function otherIstio(
  { istiods, webhooks, namespaces }: ClusterFacts,
  { owner, istioNamespace }: Wanted,
): string[] {
  const ours = (namespace: string | undefined): boolean => {
    const found = namespace === istioNamespace ? namespaces[namespace] : undefined;
    return found !== undefined && isOwnedBy(found, owner);
  };
  const theirs = istiods.filter(({ namespace }) => !ours(namespace));
  const calls = webhooks.filter(({ namespace }) => !ours(namespace));
  return [
    ...(theirs.length === 0 ? [] : [`istiod ${nameSome(theirs.map(path))}`]),
    ...(calls.length === 0 ? [] : [`webhooks ${nameSome(calls.map(({ name }) => name))}`]),
  ];
}

function crdFindings(facts: ClusterFacts, wanted: Wanted, bundle: WantedCrds): Finding[] {
  if (bundle.choice === "adopt") return adoptionFindings(facts, wanted.owner, bundle);
  const foreign = foreignCrds(facts, wanted.owner, bundle);
  if (foreign.length === 0) return policyFindings(facts, bundle);
  const { title, setting, versionAnnotation, remedy } = bundle;
  const versions = new Set(
    foreign.map(({ annotations }) => annotations[versionAnnotation ?? ""] ?? "of an unknown release"),
  );
  const makers = new Set(foreign.map(({ annotations }) => annotations[OWNER_ANNOTATION]).filter(Boolean));
  const maker = makers.size === 0 ? "was not made by this stack" : `was made by the stack ${[...makers].join(", ")}`;
  return [
    {
      about: bundle.bundle,
      found: `${title}${versionAnnotation === undefined ? "" : ` ${[...versions].join(", ")}`} is installed already and ${maker}: ${nameSome(foreign.map(({ name }) => name))}. Installing over it would change it for everybody, and "pulumi destroy" would remove it with all objects of these kinds.`,
      remedy:
        remedy ??
        (setting === undefined
          ? "Use a cluster where it is not installed, or remove it first if nothing uses it."
          : `Set llm-d:${setting} to adopt, to use it as it is; or remove it first if nothing uses it.`),
    },
  ];
}

function policyFindings(
  { admissionPolicies }: ClusterFacts,
  { bundle, crds, versionAnnotation }: WantedCrds,
): Finding[] {
  if (bundle !== "gateway-api" || !admissionPolicies.includes(SAFE_UPGRADES_POLICY)) return [];
  const version = crds[0]?.metadata.annotations?.[versionAnnotation ?? ""];
  const [, major = 0, minor = 0] = /^v(\d+)\.(\d+)/.exec(version ?? "")?.map(Number) ?? [];
  if (major > 1 || minor >= 5) return [];
  return [
    {
      about: bundle,
      found: `The admission policy ${SAFE_UPGRADES_POLICY}, which came with a newer Gateway API, lets nobody install ${version}.`,
      remedy: `Remove it: kubectl delete validatingadmissionpolicy,validatingadmissionpolicybinding ${SAFE_UPGRADES_POLICY}`,
    },
  ];
}

/** A class of the right name that is somebody else's would leave the gateway waiting for ever. */
function gatewayClassFindings({ gatewayClasses }: ClusterFacts, { gatewayClass }: Wanted): Finding[] {
  return gatewayClasses
    .filter(({ name, controller }) => name === gatewayClass && controller !== ISTIO_CONTROLLER)
    .map(({ name, controller }) => ({
      about: "gateway-class",
      found: `The GatewayClass ${name} belongs to ${controller}, so Istio would not program the gateway.`,
      remedy: "Remove it, or set llm-d:gateway.className to another name.",
    }));
}

function otherOperators({ crds, gatewayClasses }: ClusterFacts): Finding[] {
  const kgateway = [
    ...crds.filter(({ name }) => KGATEWAY_GROUP.test(name)).map(({ name }) => `CRD ${name}`),
    ...gatewayClasses
      .filter(({ controller }) => /^kgateway\.dev\//.test(controller))
      .map(({ name }) => `GatewayClass ${name}`),
  ];
  const operator = crds.filter(({ name }) => LLMD_OPERATOR_CRDS.includes(name)).map(({ name }) => `CRD ${name}`);
  return [
    ...(kgateway.length === 0
      ? []
      : [
          {
            about: "kgateway",
            found: `The controller kGateway is there: ${nameSome(kgateway)}. It and Istio would both act on the same InferencePools and HTTPRoutes, and on the same CRDs.`,
            remedy: "Use a cluster without it, or uninstall it with its CRDs and GatewayClasses.",
          },
        ]),
    ...(operator.length === 0
      ? []
      : [
          {
            about: "llm-d-operator",
            found: `An operator that installs llm-d itself is there: ${nameSome(operator)}. It would own the same gateways, pools and model servers.`,
            remedy: "Use a cluster without it, or uninstall it with its CRDs.",
          },
        ]),
  ];
}

function gpuFindings(
  { gpuOperators, devicePlugins, namespaces }: ClusterFacts,
  { gpuOperator, owner }: Wanted,
): Finding[] {
  if (!gpuOperator) return [];
  const theirs = ({ namespace }: FoundObject): boolean => {
    const found = namespaces[namespace];
    return found === undefined || !isOwnedBy(found, owner);
  };
  const found = [
    ...gpuOperators.filter(theirs).map((one) => `Deployment ${path(one)}`),
    ...devicePlugins.filter(theirs).map((one) => `DaemonSet ${path(one)}`),
  ];
  return found.length === 0
    ? []
    : [
        {
          about: "gpu",
          found: `GPUs are managed already: ${nameSome(found)}. Two device plugins would advertise the same GPUs twice.`,
          remedy: "Set llm-d:gpu.operator to preinstalled, to use what is there; or uninstall it first.",
        },
      ];
}

/** What somebody else is to have installed is there or it is not: nothing that is made later changes that. */
function missingGpuFindings({ gpus: state }: ClusterFacts, { gpus: expected }: Wanted): Finding[] {
  if (state === undefined || expected === undefined) return [];
  const { reasons } = judgeGpus(state, expected);
  if (reasons.length === 0) return [];
  return [
    {
      about: "gpu",
      found: `GPUs are to be there already (llm-d:gpu.operator is preinstalled), and are not ready: ${reasons.join("; ")}.`,
      remedy:
        "Set llm-d:gpu.operator to helm (on OpenShift olm), to have the GPU Operator installed; or mend what is there: docs/gpu.md says what each of these means.",
    },
  ];
}

function path({ namespace, name }: FoundObject): string {
  return `${namespace}/${name}`;
}
