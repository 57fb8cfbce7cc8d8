/** Chart and image of the model server. */
export function servingPins({ modelService, vllm }: { readonly modelService: string; readonly vllm: string }) {
  return {
    charts: {
      "llm-d-modelservice": {
        name: "llm-d-modelservice",
        repository: "https://llm-d-incubation.github.io/llm-d-modelservice/",
        version: modelService,
      },
    },
    images: { vllm: { hub: "docker.io/vllm", name: "vllm-openai", tag: vllm } },
  };
}
