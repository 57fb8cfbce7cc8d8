import * as grpc from "@grpc/grpc-js";
import * as engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import * as empty from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Properties of a resource. */
export type Properties = Record<string, unknown>;

export const plain = <T = Properties>(struct: Struct | undefined): T => (struct?.toJavaScript() ?? {}) as T;

/** Through JSON, because a Struct cannot hold undefined. */
export const struct = (properties: object): Struct =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);

export const nothing = (): empty.Empty => new empty.Empty();

/** Shows a line of information with a resource. */
export function logToEngine(urn: string, message: string): Promise<void> {
  const request = new engine.LogRequest();
  request.setSeverity(engine.LogSeverity.INFO);
  request.setUrn(urn);
  request.setMessage(message);
  const address = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
  const client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.log(request, (error) => {
      client.close();
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** A method of a provider. What it throws is the message that the engine shows. */
export function handler<Request, Response>(
  answer: (call: { readonly request: Request }) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, reply) => {
    Promise.resolve()
      .then(() => answer(call))
      .then(
        (response) => reply(null, response),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          reply({ code: grpc.status.UNKNOWN, details: message, message });
        },
      );
  };
}

/** The methods that are the same for every provider here. */
const everyProvider = (version: string) => ({
  getPluginInfo: handler(() => {
    const info = new plugin.PluginInfo();
    info.setVersion(version);
    return info;
  }),
  getSchema: handler(() => {
    const response = new provider.GetSchemaResponse();
    response.setSchema("{}");
    return response;
  }),
  attach: handler(nothing),
  cancel: handler(nothing),
  checkConfig: handler<provider.CheckRequest, provider.CheckResponse>(({ request }) => {
    const response = new provider.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  }),
});

/**
 * Serves a provider, and prints its port for the engine. The SDK has a server too, but it drops the provider's configuration, such
 * as the cluster's kubeconfig.
 */
export function serve(version: string, handlers: Readonly<Record<string, unknown>>): void {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
  server.addService(
    providerGrpc.ResourceProviderService as unknown as grpc.ServiceDefinition,
    { ...everyProvider(version), ...handlers } as grpc.UntypedServiceImplementation,
  );
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(port);
  });
  // A killed engine does not stop its plugins. The parent process changes then.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 1000).unref();
}
