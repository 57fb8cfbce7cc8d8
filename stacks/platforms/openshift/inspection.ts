import { foundRelease, nameSome } from "../inspection/crdFindings";
import type { ClusterFacts, OpenShiftFacts } from "../inspection/facts";
import type { Finding } from "../inspection/findings";
import { ANYUID_ROLE } from "../inspection/gatherFacts";
import { judge, otherIstio } from "../inspection/inspection";
import type { Wanted } from "../inspection/wanted";

/** Oldest OpenShift minor that an environment runs on. */
const OLDEST_OPENSHIFT_MINOR = 16;

/** With this policy, OpenShift 4.19 and later allow only the Ingress Operator to change the CRDs of Gateway API. */
export const GATEWAY_API_POLICY = "openshift-ingress-operator-gatewayapi-crd-admission";

/** Controller of the GatewayClasses for which the Ingress Operator installs its own Istio. */
const INGRESS_CONTROLLER = /^openshift\.io\/gateway-controller/;

/** CRDs and operators of OpenShift Service Mesh 2 (Maistra) and 3 (Sail Operator). */
const SERVICE_MESH_GROUPS = /\.(maistra\.io|sailoperator\.io)$/;
const SERVICE_MESH_OPERATORS = /^(servicemeshoperator|sailoperator)/;

/** Settings of the inspection that only OpenShift has. */
export interface OpenShiftWanted extends Wanted {
  /** Whether service accounts are allowed the SecurityContextConstraints `anyuid`. */
  readonly anyuid: boolean;
}

/** Judges an OpenShift cluster: the checks of any cluster, and those of OpenShift. */
export function judgeOpenShift(facts: ClusterFacts, wanted: OpenShiftWanted): Finding[] {
  const { openshift } = facts;
  if (openshift === undefined) {
    return [
      {
        about: "platform",
        found: "It is not OpenShift: it has no ClusterVersion (config.openshift.io).",
        remedy: "Set llm-d:platform to existing, or llm-d:kubernetes.context to a context of an OpenShift cluster.",
      },
    ];
  }
  const own = [
    ...versionFindings(openshift),
    ...serviceMeshFindings(facts, openshift, wanted),
    ...gatewayApiFindings(facts, wanted),
    ...(wanted.anyuid ? constraintFindings(openshift) : []),
  ];
  const known = new Set(own.map(({ about }) => about));
  return [...own, ...judge(facts, wanted).filter(({ about }) => !known.has(about))];
}

function versionFindings({ version }: OpenShiftFacts): Finding[] {
  const [, major = 0, minor = 0] = /^(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major > 4 || (major === 4 && minor >= OLDEST_OPENSHIFT_MINOR)) return [];
  return [
    {
      about: "version",
      found: version === "" ? "Its ClusterVersion names no release." : `OpenShift ${version} is too old.`,
      remedy: `Update it to 4.${OLDEST_OPENSHIFT_MINOR} or later.`,
    },
  ];
}

/**
 * Service Mesh is another Istio. Its operator owns the CRDs, and its releases differ from those of every lane. Version 2
 * does not support InferencePools. The Ingress Operator installs version 3 for its own GatewayClasses.
 */
function serviceMeshFindings(facts: ClusterFacts, { operators }: OpenShiftFacts, wanted: Wanted): Finding[] {
  const evidence = [
    ...operators
      .filter(({ name }) => SERVICE_MESH_OPERATORS.test(name))
      .map((one) => `operator ${one.namespace}/${one.name}`),
    ...facts.crds.filter(({ name }) => SERVICE_MESH_GROUPS.test(name)).map(({ name }) => `CRD ${name}`),
    ...facts.gatewayClasses
      .filter(({ controller }) => INGRESS_CONTROLLER.test(controller))
      .map(({ name }) => `GatewayClass ${name}`),
  ];
  if (evidence.length === 0) return [];
  return [
    {
      about: "istio",
      found: `The cluster already has OpenShift Service Mesh: ${nameSome([...evidence, ...otherIstio(facts, wanted)])}. Its operator owns Istio's CRDs and would undo the changes that this environment's Istio needs. Its own Istio does not fit the endpoint picker and the InferencePools of this lane.`,
      remedy:
        "Use a cluster without it. Or uninstall it: its control planes and GatewayClasses of openshift.io/gateway-controller first, then the operator's Subscription and ClusterServiceVersion, then its CRDs (maistra.io, sailoperator.io, istio.io).",
    },
  ];
}

/** OpenShift 4.19 and later install Gateway API, and nobody else may change or delete it. */
function gatewayApiFindings(facts: ClusterFacts, { bundles }: Wanted): Finding[] {
  const bundle = bundles.find(({ bundle }) => bundle === "gateway-api");
  if (bundle?.choice !== "install" || !facts.admissionPolicies.includes(GATEWAY_API_POLICY)) return [];
  const release = foundRelease(facts, bundle);
  return [
    {
      about: "gateway-api",
      found: `This OpenShift's Ingress Operator manages the CRDs of Gateway API${release === "" ? "" : ` (${release})`}. Nobody else can install, change or delete them (${GATEWAY_API_POLICY}).`,
      remedy: `Set llm-d:${bundle.setting} to adopt.`,
    },
  ];
}

function constraintFindings({ anyuid }: OpenShiftFacts): Finding[] {
  const missing = [
    ...(anyuid.constraints ? [] : ["the SecurityContextConstraints anyuid"]),
    ...(anyuid.role ? [] : [`the ClusterRole ${ANYUID_ROLE}`]),
  ];
  if (missing.length === 0) return [];
  return [
    {
      about: "constraints",
      found: `The cluster no longer has ${missing.join(" and ")}, a part of OpenShift that the service accounts of istiod and the gateway need. A binding without it would allow nothing and report no error.`,
      remedy:
        "Restore it (`oc get clusteroperator kube-apiserver` shows the operator that should have), or set llm-d:openshift.scc to restricted, which Istio supports.",
    },
  ];
}
