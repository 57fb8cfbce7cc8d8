/**
 * Panels that nothing in the embedded environment has data for, by their titles, and why. The expressions of each are tried
 * elsewhere: `tests/e2e/gatewaySecurity.test.ts` has a TLS listener, promtool the samples of vLLM and the kubelet.
 */
export const ABSENT: Readonly<Record<string, string>> = {
  Preemptions: "The simulator preempts nothing",
  "TLS handshakes": "No listener has TLS here",
  "Certificates of listeners end in": "No listener has TLS here",
  "Volumes in use": "No kubelet here to tell",
};
