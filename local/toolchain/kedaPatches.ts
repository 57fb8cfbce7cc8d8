import type { Change, Edit, Omission, Patch } from "./patches";

const MODULE = "github.com/kedacore/keda/v2";

/** The scalers that the program uses. KEDA has about seventy more, and each brings the client of a service. */
const SCALERS = ["cpu_memory", "cron", "kubernetes_workload", "prometheus"];

// Both texts are part of the cache key: a change of one builds KEDA again.
const SIZE =
  "clients of clouds and message queues, which no embedded environment has, are most of what there is to compile";
const NEWER_RUNTIME = "made for controller-runtime 0.19; Kubernetes 1.33 needs 0.21, which has no webhook.Validator";

const removed = (find: string): Edit => ({ find, replace: "" });
const removedUpTo = (from: string, to: string): Edit => ({ from, to, replace: "" });
const smaller = (file: string, edits: readonly Edit[]): Patch => ({ module: MODULE, file, why: SIZE, edits });
const keepOnly = (folder: string, keep: readonly string[]): Omission => ({ module: MODULE, folder, keep });

/** Removes type checks against an interface that the newer library lacks. Only KEDA's webhooks use them. */
const withoutValidators = (file: string, kinds: readonly string[]): Patch => ({
  module: MODULE,
  file,
  why: NEWER_RUNTIME,
  edits: [
    removed('\t"sigs.k8s.io/controller-runtime/pkg/webhook"\n'),
    ...kinds.map((kind) => removed(`var _ webhook.Validator = &${kind}{}\n`)),
  ],
});

/**
 * KEDA is built with the libraries of the cluster's Kubernetes, so that shared packages are compiled once, and only with
 * the scalers that an embedded environment can use.
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
  keepOnly("pkg/scalers", ["scaler.go", ...SCALERS.map((name) => `${name}_scaler.go`)]),
  {
    module: MODULE,
    file: "pkg/scalers/scaler.go",
    why: "this constant is in the file of a scaler that is left out",
    edits: [
      { find: "type Scaler interface {", replace: 'const externalMetricType = "External"\n\ntype Scaler interface {' },
    ],
  },
  smaller("pkg/scaling/scalers_builder.go", [
    removedUpTo('\tcase "activemq":', '\tcase "cpu":'),
    removedUpTo('\tcase "datadog":', '\tcase "kubernetes-workload":'),
    removedUpTo('\tcase "liiklus":', '\tcase "memory":'),
    removedUpTo('\tcase "metrics-api":', '\tcase "prometheus":'),
    removedUpTo('\tcase "pulsar":', "\tdefault:\n\t\treturn nil, fmt.Errorf("),
  ]),
  smaller("pkg/scalers/prometheus_scaler.go", [
    ...["aws", "azure", "gcp"].map((cloud) => removed(`\t"${MODULE}/pkg/scalers/${cloud}"\n`)),
    removed('\t"errors"\n'),
    removedUpTo(" else {\n\t\t// could be the case of azure", "\n\n\treturn &prometheusScaler{"),
  ]),
  smaller("pkg/scalers/authentication/authentication_helpers.go", [
    removed('\tlibs "github.com/dysnix/predictkube-libs/external/configs"\n'),
    removed('\t"github.com/dysnix/predictkube-libs/external/http_transport"\n'),
    removed('\tpConfig "github.com/prometheus/common/config"\n'),
    removedUpTo("\tcase FastHTTP:\n", "\t}\n\n\treturn rt, nil\n}\n"),
  ]),
  keepOnly("pkg/scaling/resolver", ["scale_resolvers.go"]),
  smaller("pkg/scaling/resolver/scale_resolvers.go", [
    removedUpTo(
      "\t\t\tif triggerAuthSpec.HashiCorpVault != nil",
      "\t\t\tif triggerAuthSpec.BoundServiceAccountToken != nil",
    ),
  ]),
  keepOnly("pkg/eventemitter", ["cloudevent_http_handler.go", "eventemitter.go", "eventfilter.go", "eventhelper.go"]),
  smaller("pkg/eventemitter/eventemitter.go", [
    {
      from: "\tif spec.Destination.AzureEventGridTopic != nil {\n\t\teventHandler, err",
      to: '\te.log.Info("No destionation is defined',
      replace: "\t_, _ = authParams, podIdentity\n",
    },
  ]),
  // The other files of this folder are only for KEDA's own tests.
  keepOnly(
    "pkg/util",
    [
      ...["certificates", "conver_types", "env_resolver", "helpers", "http", "k8sversion", "maxprocs"],
      ...["normalize_string", "parse_string", "tls_config", "value_by_path", "watch", "welcome"],
    ].map((name) => `${name}.go`),
  ),
];
