import type { Change, Patch } from "./patches";

const MODULE = "github.com/kedacore/keda/v2";

/** The events that the program can scale by here; those of KEDA's some seventy others bring the client of a service each. */
const SCALERS = ["cpu_memory", "cron", "kubernetes_workload", "prometheus"];

const SIZE =
  "clients of clouds and message queues, which no embedded environment has, are most of what there is to compile";

const NEWER_RUNTIME = "made for controller-runtime 0.19; Kubernetes 1.33 needs 0.21, which has no webhook.Validator";

/** Checks of its types against an interface that the newer library does not have; only KEDA's webhooks use them. */
function withoutValidators(file: string, kinds: readonly string[]): Patch {
  return {
    module: MODULE,
    file,
    why: NEWER_RUNTIME,
    edits: [
      { find: '\t"sigs.k8s.io/controller-runtime/pkg/webhook"\n', replace: "" },
      ...kinds.map((kind) => ({ find: `var _ webhook.Validator = &${kind}{}\n`, replace: "" })),
    ],
  };
}

/** A case of the table of scalers up to another one. */
const cases = (from: string, to: string) => ({ from: `\tcase "${from}":`, to, replace: "" });

/**
 * KEDA is built with the libraries of the cluster's Kubernetes, so that what they share is compiled once, and with the
 * scalers that an embedded environment can use.
 */
export const KEDA_PATCHES: readonly Change[] = [
  withoutValidators("apis/eventing/v1alpha1/cloudeventsource_webhook.go", [
    "CloudEventSource",
    "ClusterCloudEventSource",
  ]),
  withoutValidators("apis/keda/v1alpha1/scaledjob_webhook.go", ["ScaledJob"]),
  withoutValidators("apis/keda/v1alpha1/triggerauthentication_webhook.go", [
    "TriggerAuthentication",
    "ClusterTriggerAuthentication",
  ]),
  { module: MODULE, folder: "pkg/scalers", keep: ["scaler.go", ...SCALERS.map((name) => `${name}_scaler.go`)] },
  {
    module: MODULE,
    file: "pkg/scalers/scaler.go",
    why: "this constant is in the file of a scaler that is left out",
    edits: [
      { find: "type Scaler interface {", replace: 'const externalMetricType = "External"\n\ntype Scaler interface {' },
    ],
  },
  {
    module: MODULE,
    file: "pkg/scaling/scalers_builder.go",
    why: SIZE,
    edits: [
      cases("activemq", '\tcase "cpu":'),
      cases("datadog", '\tcase "kubernetes-workload":'),
      cases("liiklus", '\tcase "memory":'),
      cases("metrics-api", '\tcase "prometheus":'),
      cases("pulsar", "\tdefault:\n\t\treturn nil, fmt.Errorf("),
    ],
  },
  {
    module: MODULE,
    file: "pkg/scalers/prometheus_scaler.go",
    why: SIZE,
    edits: [
      ...["aws", "azure", "gcp"].map((cloud) => ({ find: `\t"${MODULE}/pkg/scalers/${cloud}"\n`, replace: "" })),
      { find: '\t"errors"\n', replace: "" },
      { from: " else {\n\t\t// could be the case of azure", to: "\n\n\treturn &prometheusScaler{", replace: "" },
    ],
  },
  {
    module: MODULE,
    file: "pkg/scalers/authentication/authentication_helpers.go",
    why: SIZE,
    edits: [
      { find: '\tlibs "github.com/dysnix/predictkube-libs/external/configs"\n', replace: "" },
      { find: '\t"github.com/dysnix/predictkube-libs/external/http_transport"\n', replace: "" },
      { find: '\tpConfig "github.com/prometheus/common/config"\n', replace: "" },
      { from: "\tcase FastHTTP:\n", to: "\t}\n\n\treturn rt, nil\n}\n", replace: "" },
    ],
  },
  { module: MODULE, folder: "pkg/scaling/resolver", keep: ["scale_resolvers.go"] },
  {
    module: MODULE,
    file: "pkg/scaling/resolver/scale_resolvers.go",
    why: SIZE,
    edits: [
      {
        from: "\t\t\tif triggerAuthSpec.HashiCorpVault != nil",
        to: "\t\t\tif triggerAuthSpec.BoundServiceAccountToken != nil",
        replace: "",
      },
    ],
  },
  {
    module: MODULE,
    folder: "pkg/eventemitter",
    keep: ["cloudevent_http_handler.go", "eventemitter.go", "eventfilter.go", "eventhelper.go"],
  },
  {
    module: MODULE,
    file: "pkg/eventemitter/eventemitter.go",
    why: SIZE,
    edits: [
      {
        from: "\tif spec.Destination.AzureEventGridTopic != nil {\n\t\teventHandler, err",
        to: '\te.log.Info("No destionation is defined',
        replace: "\t_, _ = authParams, podIdentity\n",
      },
    ],
  },
  // For KEDA's own tests.
  {
    module: MODULE,
    folder: "pkg/util",
    keep: [
      ...["certificates", "conver_types", "env_resolver", "helpers", "http", "k8sversion", "maxprocs"],
      ...["normalize_string", "parse_string", "tls_config", "value_by_path", "watch", "welcome"],
    ].map((name) => `${name}.go`),
  },
];
