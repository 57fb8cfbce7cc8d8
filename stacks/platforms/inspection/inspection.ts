import * as pulumi from "@pulumi/pulumi";
import { adoptionFindings, foreignCrds, nameSome } from "./crdFindings";
import type { ClusterFacts, FoundObject } from "./facts";
import { judge as judgeGpus } from "../../../components/gpu/readiness";
import { type Finding, listFindings } from "./findings";
import { monitoringFindings } from "./monitoringFindings";
import type { Wanted, WantedCrds } from "./wanted";
import { isOwnedBy, OWNER_ANNOTATION } from "../../../components/cluster/owner";

/** Oldest Kubernetes minor that an environment runs on. Istio's chart and the Inference Extension's CRDs need no newer one. */
const OLDEST_KUBERNETES_MINOR = 28;

/** Oldest Kubernetes minor that supports `lifecycle.preStop.sleep`. */
const SLEEP_KUBERNETES_MINOR = 30;

/** Controller of the GatewayClasses that Istio makes. */
const ISTIO_CONTROLLER = "istio.io/gateway-controller";

/** API groups of kGateway's kinds. */
const KGATEWAY_GROUP = /\.kgateway\.dev$/;

/** CRDs of operators that install llm-d. Their objects own gateways, pools and model servers. */
const LLMD_OPERATOR_CRDS: readonly string[] = ["modelservices.llm-d.ai", "llmds.llmd.opendatahub.io"];

/** A policy that Gateway API v1.5 and later installs with its CRDs. It refuses CRDs of older releases. */
const SAFE_UPGRADES_POLICY = "safe-upgrades.gateway.networking.k8s.io";

/**
 * Lists all reasons why the environment cannot be made in a cluster, each with its remedy. Reads only its arguments.
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

/** @throws RunError that lists all findings, if any. The CLI prints it without a stack trace. */
export function refuse(findings: readonly Finding[], where: string): void {
  if (findings.length > 0) throw new pulumi.RunError(listFindings(findings, where));
}

/** The minor of a Kubernetes version such as `v1.33.4` or `v1.29.6+aba1e8d`; undefined for any other text. */
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
      found: minor === undefined ? `Its version is unknown ("${kubernetes}").` : `Kubernetes ${kubernetes} is too old.`,
      remedy: `Use a cluster of 1.${OLDEST_KUBERNETES_MINOR} or later.`,
    },
  ];
}

/** An older API server would drop the field, and then refuse the Deployment because of its empty hook. */
function drainFindings({ kubernetes }: ClusterFacts, { pickerDrains = false }: Wanted): Finding[] {
  const minor = kubernetesMinor(kubernetes) ?? SLEEP_KUBERNETES_MINOR;
  if (!pickerDrains || minor >= SLEEP_KUBERNETES_MINOR || minor < OLDEST_KUBERNETES_MINOR) return [];
  return [
    {
      about: "version",
      found: `Kubernetes ${kubernetes} does not support llm-d:endpointPicker.drainSeconds, by which a replaced endpoint picker finishes its requests.`,
      remedy: `Set llm-d:endpointPicker.drainSeconds to 0: its updates may then lose requests. Or use a cluster of 1.${SLEEP_KUBERNETES_MINOR} or later.`,
    },
  ];
}

/** The same check as the guard in `ownedNamespace.ts`, but before anything is made. */
function namespaceFindings({ namespaces }: ClusterFacts, { owner, namespaces: wanted }: Wanted): Finding[] {
  return Object.entries(wanted).flatMap(([name, setting]) => {
    const found = namespaces[name];
    if (found === undefined || isOwnedBy(found, owner)) return [];
    const maker = found.annotations[OWNER_ANNOTATION];
    return [
      {
        about: "namespace",
        found: `The namespace ${name} exists already and was made by ${maker === undefined ? "somebody else" : `the stack ${maker}`}; "pulumi destroy" would delete it with everything in it.`,
        remedy:
          setting === undefined ? "Remove it first." : `Set llm-d:${setting} to another name, or remove it first.`,
      },
    ];
  });
}

/**
 * Two control planes of Istio in one cluster share CRDs, cluster roles, webhooks and the class istio. Both would program
 * the same Gateways.
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
      found: `The cluster already has an Istio: ${evidence.join("; ")}. Both would share CRDs, webhooks and the GatewayClass ${wanted.gatewayClass}, and program the same Gateways.`,
      remedy:
        "Use a cluster without Istio, or uninstall it with its CRDs (`istioctl uninstall --purge`, then the namespace and `kubectl get crd -o name | grep istio.io`).",
    },
  ];
}

/** Evidence of an Istio that this stack did not make. */
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
      found: `${title}${versionAnnotation === undefined ? "" : ` ${[...versions].join(", ")}`} is already installed and ${maker}: ${nameSome(foreign.map(({ name }) => name))}. Installing over it would change it for everybody, and "pulumi destroy" would delete it with all objects of these kinds.`,
      remedy:
        remedy ??
        (setting === undefined
          ? "Use a cluster where it is not installed, or remove it first if nothing uses it."
          : `Set llm-d:${setting} to adopt to use it unchanged, or remove it first if nothing uses it.`),
    },
  ];
}

function policyFindings(
  { admissionPolicies }: ClusterFacts,
  { bundle, crds, versionAnnotation }: WantedCrds,
): Finding[] {
  if (bundle !== "gateway-api" || !admissionPolicies.includes(SAFE_UPGRADES_POLICY)) return [];
  const version = crds[0]?.annotations[versionAnnotation ?? ""];
  const [, major = 0, minor = 0] = /^v(\d+)\.(\d+)/.exec(version ?? "")?.map(Number) ?? [];
  if (major > 1 || minor >= 5) return [];
  return [
    {
      about: bundle,
      found: `The admission policy ${SAFE_UPGRADES_POLICY}, which a newer Gateway API installed, refuses ${version}.`,
      remedy: `Remove it: kubectl delete validatingadmissionpolicy,validatingadmissionpolicybinding ${SAFE_UPGRADES_POLICY}`,
    },
  ];
}

/** If another controller owns the class, no one programs the gateway, and it waits for ever. */
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
            found: `The cluster already has the controller kGateway: ${nameSome(kgateway)}. It and Istio would both act on the same InferencePools, HTTPRoutes and CRDs.`,
            remedy: "Use a cluster without it, or uninstall it with its CRDs and GatewayClasses.",
          },
        ]),
    ...(operator.length === 0
      ? []
      : [
          {
            about: "llm-d-operator",
            found: `The cluster already has an operator that installs llm-d: ${nameSome(operator)}. It would own the same gateways, pools and model servers.`,
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
          found: `GPUs are already managed: ${nameSome(found)}. Two device plugins would advertise the same GPUs twice.`,
          remedy: "Set llm-d:gpu.operator to preinstalled to use the existing one, or uninstall it first.",
        },
      ];
}

/** GPUs of a preinstalled operator must be ready now, because nothing that this program makes later helps. */
function missingGpuFindings({ gpus: state }: ClusterFacts, { gpus: expected }: Wanted): Finding[] {
  if (state === undefined || expected === undefined) return [];
  const { reasons } = judgeGpus(state, expected);
  if (reasons.length === 0) return [];
  return [
    {
      about: "gpu",
      found: `The setting llm-d:gpu.operator is preinstalled, but the GPUs are not ready: ${reasons.join("; ")}.`,
      remedy:
        "Set llm-d:gpu.operator to helm (on OpenShift olm) to install the GPU Operator, or repair the existing one. docs/gpu.md explains each reason.",
    },
  ];
}

function path({ namespace, name }: FoundObject): string {
  return `${namespace}/${name}`;
}
