/** CRDs of the Gateway API, standard channel. */
export function gatewayPins({ gatewayApi }: { readonly gatewayApi: string }) {
  return {
    crds: {
      "gateway-api": {
        version: gatewayApi,
        url: `https://github.com/kubernetes-sigs/gateway-api/releases/download/${gatewayApi}/standard-install.yaml`,
      },
    },
  };
}
