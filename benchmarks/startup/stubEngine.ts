import * as grpc from "@grpc/grpc-js";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import * as resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import * as empty from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

type Props = Record<string, JavaScriptValue>;

/** What the stub has seen of a program's run, in milliseconds since `performance.timeOrigin`. */
export interface Seen {
  /** Resources and components that were registered. */
  registered: number;
  /** When the last of them was. */
  lastMs: number;
  /** Errors that the program logged. */
  readonly errors: string[];
}

/** What providers add to inputs, as far as the program goes on with it; by the last part of the type. */
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

/** What is read of a registration. */
interface Registration {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** A serialized Struct. */
  readonly inputs: Uint8Array;
}

/** What a registration is answered. */
interface Registered {
  readonly urn: string;
  readonly id: string;
  /** A serialized Struct. */
  readonly outputs: Uint8Array;
}

/**
 * The call by which resources are registered, without a look into their inputs: those of custom resource definitions take
 * this language's library so long that the program would wait for it, as it does not for the real engine.
 */
const REGISTER_RESOURCE = {
  ...resourceGrpc.ResourceMonitorService.registerResource,
  requestDeserialize: (bytes: Buffer): Registration => {
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
  },
  responseSerialize: ({ urn, id, outputs }: Registered): Buffer => {
    const writer = new BinaryWriter();
    writer.writeString(1, urn);
    writer.writeString(2, id);
    writer.writeBytes(3, outputs);
    return Buffer.from(writer.getResultBuffer());
  },
};

/** The inputs, and what a provider adds to them. */
function withOutputs(type: string, inputs: Uint8Array): Uint8Array {
  const added = OUTPUTS[type.split(":").at(-1) ?? ""];
  if (added === undefined) return inputs;
  const given = Struct.deserializeBinary(inputs).toJavaScript() as Props;
  return Struct.fromJavaScript({ ...given, ...added(given) }).serializeBinary();
}

/**
 * The engine and the resource monitor of one program run, without providers and without state: it answers every
 * registration at once with what a provider would. What a program takes against it is the program's own time.
 */
export class StubEngine {
  readonly seen: Seen = { registered: 0, lastMs: 0, errors: [] };
  private constructor(
    private readonly server: grpc.Server,
    private port = 0,
  ) {}

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  static async start(): Promise<StubEngine> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
    const stub = new StubEngine(server);
    const service = (definition: unknown, handlers: object): void =>
      server.addService(definition as grpc.ServiceDefinition, handlers as grpc.UntypedServiceImplementation);
    service({ ...resourceGrpc.ResourceMonitorService, registerResource: REGISTER_RESOURCE }, stub.monitor());
    service(engineGrpc.EngineService, stub.engine());
    stub.port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
    return stub;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private monitor(): object {
    const nothing = answer(() => new empty.Empty());
    return {
      supportsFeature: answer(() => {
        const response = new resource.SupportsFeatureResponse();
        response.setHassupport(true);
        return response;
      }),
      registerResource: answer((request: Registration) => this.register(request)),
      registerResourceOutputs: nothing,
      invoke: answer((request: resource.ResourceInvokeRequest) => {
        const found = INVOKES[request.getTok()];
        if (found === undefined) throw new Error(`the stub has no answer to ${request.getTok()}`);
        const response = new provider.InvokeResponse();
        response.setReturn(Struct.fromJavaScript(found));
        return response;
      }),
      registerStackTransform: nothing,
      registerStackInvokeTransform: nothing,
      registerResourceHook: nothing,
      registerErrorHook: nothing,
      registerPackage: answer(() => new resource.RegisterPackageResponse()),
      signalAndWaitForShutdown: nothing,
    };
  }

  private register({ type, name, custom, inputs }: Registration): Registered {
    this.seen.registered++;
    this.seen.lastMs = performance.now();
    const urn = `urn:pulumi:dev::llm-d::${type}::${name}`;
    return { urn, id: custom ? "id" : "", outputs: withOutputs(type, inputs) };
  }

  private engine(): object {
    let root = "";
    return {
      log: answer((request: engine.LogRequest) => {
        if (request.getSeverity() >= engine.LogSeverity.ERROR) this.seen.errors.push(request.getMessage());
        return new empty.Empty();
      }),
      getRootResource: answer(() => {
        const response = new engine.GetRootResourceResponse();
        response.setUrn(root);
        return response;
      }),
      setRootResource: answer((request: engine.SetRootResourceRequest) => {
        root = request.getUrn();
        return new engine.SetRootResourceResponse();
      }),
      startDebugging: answer(() => new empty.Empty()),
      requirePulumiVersion: answer(() => new engine.RequirePulumiVersionResponse()),
    };
  }
}

function answer<Request, Response>(handle: (request: Request) => Response): grpc.handleUnaryCall<Request, Response> {
  return (call, reply) => {
    try {
      reply(null, handle(call.request));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reply({ code: grpc.status.UNKNOWN, details: message, message });
    }
  };
}
