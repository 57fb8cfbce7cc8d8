const CHARTS = "https://istio-release.storage.googleapis.com/charts";

/** Charts, CRDs and images of Istio. All have the version of Istio. */
export function istioPins({ istio }: { readonly istio: string }) {
  return {
    charts: {
      base: { name: "base", repository: CHARTS, version: istio },
      istiod: { name: "istiod", repository: CHARTS, version: istio },
    },
    crds: {
      // The base chart marks the same CRDs so that Helm keeps them on uninstall. As a bundle, `pulumi destroy` deletes them.
      "istio-crds": {
        version: istio,
        url: `https://raw.githubusercontent.com/istio/istio/${istio}/manifests/charts/base/files/crd-all.gen.yaml`,
      },
    },
    images: {
      // The registry is written out because some container runtimes refuse short names (CRI-O on OpenShift).
      pilot: { hub: "docker.io/istio", name: "pilot", tag: istio },
      proxyv2: { hub: "docker.io/istio", name: "proxyv2", tag: istio },
    },
  };
}
