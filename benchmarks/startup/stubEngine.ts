import * as grpc from "@grpc/grpc-js";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import * as resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

type Props = Record<string, JavaScriptValue>;

/** The observations of the stub during a program's run. */
export interface Seen {
  /** Registered resources and components. */
  registered: number;
  /** Time of the last registration, in milliseconds since `performance.timeOrigin`. */
  lastMs: number;
  /** Errors that the program logged. */
  readonly errors: string[];
}

/** Outputs that providers add to the inputs and that the program uses, by the last part of the resource type. */
const OUTPUTS: Readonly<Record<string, (inputs: Props) => Props>> = {
  Cluster: (inputs) => ({
    endpoint: "https://cluster.invalid",
    certificateAuthority: { data: "Y2E=" },
    vpcConfig: { ...(inputs["vpcConfig"] as Props), clusterSecurityGroupId: "sg-1" },
  }),
  LaunchTemplate: () => ({ latestVersion: 1 }),
  LogGroup: () => ({ arn: "arn:aws:logs:us-east-1:123456789012:log-group:group" }),
  Key: () => ({ arn: "arn:aws:kms:us-east-1:123456789012:key/key", keyId: "key" }),
  Role: () => ({ arn: "arn:aws:iam::123456789012:role/role" }),
  NodeGroup: () => ({ resources: [{ autoscalingGroups: [{ name: "group" }] }] }),
  Release: () => ({ status: { version: "1" } }),
  Gateway: () => ({ status: { addresses: [{ value: "balancer.invalid" }] } }),
};

/** Results of the functions that the program invokes. */
const INVOKES: Readonly<Record<string, Props>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": {
    names: ["us-east-1a", "us-east-1b", "us-east-1c"],
    zoneIds: ["use1-az1", "use1-az2", "use1-az4"],
  },
  "aws:index/getCallerIdentity:getCallerIdentity": {
    accountId: "123456789012",
    arn: "arn:aws:iam::123456789012:role/pulumi",
  },
  "aws:index/getPartition:getPartition": { partition: "aws", dnsSuffix: "amazonaws.com" },
  "aws:iam/getSessionContext:getSessionContext": { issuerArn: "arn:aws:iam::123456789012:role/pulumi" },
};

/** A response of a call. */
interface Message {
  serializeBinary(): Uint8Array;
}

type Handler = (request: never) => Message | undefined;

/** The fields of a registration that the stub reads. */
interface Registration {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** A serialized Struct. */
  readonly inputs: Uint8Array;
}

/**
 * Reads a registration without decoding its inputs. Decoding those of CRDs with this library takes so long that the
 * program would wait for it, which it does not do with the real engine.
 */
function readRegistration(bytes: Uint8Array): Registration {
  let [type, name, custom, inputs] = ["", "", false, new Uint8Array()];
  const reader = new BinaryReader(bytes);
  while (reader.nextField() && !reader.isEndGroup()) {
    const field = reader.getFieldNumber();
    if (field === 1) type = reader.readString();
    else if (field === 2) name = reader.readString();
    else if (field === 4) custom = reader.readBool();
    else if (field === 5) inputs = reader.readBytes() as Uint8Array<ArrayBuffer>;
    else reader.skipField();
  }
  return { type, name, custom, inputs };
}

/** The response to a registration: an URN, an id, and the inputs with the outputs that a provider adds. */
function registered({ type, name, custom, inputs }: Registration): Message {
  const added = OUTPUTS[type.split(":").at(-1) ?? ""];
  let outputs = inputs;
  if (added !== undefined) {
    const given = Struct.deserializeBinary(inputs).toJavaScript() as Props;
    outputs = Struct.fromJavaScript({ ...given, ...added(given) }).serializeBinary();
  }
  const writer = new BinaryWriter();
  writer.writeString(1, `urn:pulumi:dev::llm-d::${type}::${name}`);
  writer.writeString(2, custom ? "id" : "");
  writer.writeBytes(3, outputs);
  return { serializeBinary: () => writer.getResultBuffer() };
}

/** Calls whose response has no content that the program needs. An empty message is a valid one of every type. */
function empty(...names: readonly string[]): Record<string, Handler> {
  return Object.fromEntries(names.map((name) => [name, () => undefined]));
}

/**
 * The engine and the resource monitor of one program run, without providers and without state. It answers every
 * registration at once, with the outputs that a provider would return. So the time of a run is the program's own time.
 */
export class StubEngine {
  readonly seen: Seen = { registered: 0, lastMs: 0, errors: [] };
  private readonly server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });

  private constructor() {
    const { registerResource, ...monitor } = resourceGrpc.ResourceMonitorService;
    const readsRegistration = { ...registerResource, requestDeserialize: readRegistration };
    this.serve({ ...monitor, registerResource: readsRegistration }, this.monitor());
    this.serve(engineGrpc.EngineService, this.engine());
  }

  /**
   * Starts a stub.
   *
   * @returns It, and the address for the program's options `--monitor` and `--engine`.
   */
  static async start(): Promise<{ readonly stub: StubEngine; readonly address: string }> {
    const stub = new StubEngine();
    const port = await new Promise<number>((resolve, reject) =>
      stub.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    return { stub, address: `127.0.0.1:${port}` };
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private monitor(): Record<string, Handler> {
    return {
      ...empty("registerResourceOutputs", "registerStackTransform", "registerStackInvokeTransform"),
      ...empty("registerResourceHook", "registerErrorHook", "registerPackage", "signalAndWaitForShutdown"),
      supportsFeature: () => new resource.SupportsFeatureResponse().setHassupport(true),
      registerResource: (request: Registration) => {
        this.seen.registered++;
        this.seen.lastMs = performance.now();
        return registered(request);
      },
      invoke: (request: resource.ResourceInvokeRequest) => {
        const result = INVOKES[request.getTok()];
        if (result === undefined) throw new Error(`the stub has no result of ${request.getTok()}`);
        return new provider.InvokeResponse().setReturn(Struct.fromJavaScript(result));
      },
    };
  }

  private engine(): Record<string, Handler> {
    return {
      ...empty("setRootResource", "startDebugging", "requirePulumiVersion"),
      log: (request: engine.LogRequest) => {
        if (request.getSeverity() >= engine.LogSeverity.ERROR) this.seen.errors.push(request.getMessage());
        return undefined;
      },
    };
  }

  private serve(definition: object, handlers: Record<string, Handler>): void {
    const methods = Object.entries(definition as grpc.ServiceDefinition).map(([name, method]) => [
      name,
      { ...method, responseSerialize: (response: Message) => Buffer.from(response.serializeBinary()) },
    ]);
    const implementation = Object.entries(handlers).map(([name, handle]) => [name, answer(handle)]);
    this.server.addService(Object.fromEntries(methods), Object.fromEntries(implementation));
  }
}

function answer(handle: Handler): grpc.handleUnaryCall<never, Message> {
  return (call, reply) => {
    try {
      reply(null, handle(call.request) ?? { serializeBinary: () => new Uint8Array() });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reply({ code: grpc.status.UNKNOWN, details: message, message });
    }
  };
}
