import * as provider from "@pulumi/pulumi/proto/provider_pb";
import type * as empty from "google-protobuf/google/protobuf/empty_pb";
import sdk = require("@pulumi/aws/package.json");
import { handler, nothing, plain, serve, struct } from "../../../components/crds/provider/server";
import { AwsError, FakeError } from "./errors";
import { invoke } from "./invokes";
import { AwsProvider } from "./provider";
import { changeState, type Props, readState, World } from "./world";

/**
 * Fake AWS provider: a gRPC server like the real provider's, with a file in the place of an account. README.md lists the
 * environment variables.
 *
 * Called as `pulumi-resource-aws [flags] ENGINE_ADDRESS`. Prints its port.
 */
const file = process.env.LLMD_AWS_STATE ?? "";
if (file === "") {
  console.error("LLMD_AWS_STATE, the state file of the fake AWS provider, is not set");
  process.exit(1);
}
const DELAY_MS = Number(process.env.LLMD_AWS_DELAY_MS ?? 0);
const RETRY_MS = Number(process.env.LLMD_AWS_RETRY_MS ?? 0);

let aws = new AwsProvider();
let region = process.env.AWS_REGION ?? "";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Runs an operation on the account and writes it back. A refused operation changes nothing. */
function transact<T>(operation: string, action: (world: World) => T): T {
  return changeState(file, (state) => {
    const result = action(new World(state, region));
    state.calls.push(operation);
    return result;
  });
}

/** Throws the error that a test has injected for this operation, if any. */
function fault(type: string, operation: "create" | "update" | "delete"): void {
  const message = changeState(file, (state) => aws.fault(new World(state, region), type, operation));
  if (message !== undefined) throw new FakeError(message);
}

/** Configuration values other than strings are JSON. */
function json(value: unknown): Props {
  return (typeof value === "string" ? JSON.parse(value) : (value ?? {})) as Props;
}

serve(sdk.version, {
  diffConfig: handler<provider.DiffRequest, provider.DiffResponse>(({ request }) => {
    const [olds, news] = [plain(request.getOldInputs()), plain(request.getNews())];
    const response = new provider.DiffResponse();
    const same = JSON.stringify(olds) === JSON.stringify(news);
    response.setChanges(
      same ? provider.DiffResponse.DiffChanges.DIFF_NONE : provider.DiffResponse.DiffChanges.DIFF_SOME,
    );
    if (olds.region !== news.region) response.setReplacesList(["region"]);
    return response;
  }),
  configure: handler<provider.ConfigureRequest, provider.ConfigureResponse>(({ request }) => {
    const settings = plain(request.getArgs());
    if (typeof settings.region === "string") region = settings.region;
    if (region === "") throw new Error("Missing region configuration: set aws:region, or AWS_REGION");
    aws = new AwsProvider((json(settings.defaultTags).tags ?? {}) as Props);
    const response = new provider.ConfigureResponse();
    response.setSupportspreview(true);
    // The engine then sends secrets as plain values, and marks the outputs itself.
    response.setAcceptsecrets(false);
    return response;
  }),

  invoke: handler<provider.InvokeRequest, provider.InvokeResponse>(({ request }) => {
    const response = new provider.InvokeResponse();
    const world = new World(readState(file), region);
    response.setReturn(struct(invoke(world, request.getTok(), plain(request.getArgs()))));
    return response;
  }),

  check: handler<provider.CheckRequest, provider.CheckResponse>(({ request }) => {
    const { inputs, refusals } = aws.check(
      request.getType(),
      request.getName(),
      plain(request.getOlds()),
      plain(request.getNews()),
      request.getRandomseed_asU8(),
    );
    const response = new provider.CheckResponse();
    response.setInputs(struct(inputs));
    response.setFailuresList(
      refusals.map(({ property, reason }) => {
        const failure = new provider.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        return failure;
      }),
    );
    return response;
  }),
  diff: handler<provider.DiffRequest, provider.DiffResponse>(({ request }) => {
    const olds = plain(request.getOlds());
    const news = plain(request.getNews());
    const { changed, replaces, deleteBeforeReplace } = aws.diff(
      request.getType(),
      plain(request.getOldInputs()),
      olds,
      news,
    );
    const response = new provider.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
    response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
    response.setDiffsList(changed);
    response.setReplacesList(replaces.map((path) => path.split(".")[0] ?? path));
    response.setDeletebeforereplace(deleteBeforeReplace);
    return response;
  }),
  create: handler<provider.CreateRequest, provider.CreateResponse>(async ({ request }) => {
    const type = request.getType();
    const inputs = plain(request.getProperties());
    const response = new provider.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(struct(aws.previewCreate(type, inputs, region)));
      return response;
    }
    await sleep(DELAY_MS);
    fault(type, "create");
    const made = transact(`create ${request.getUrn()}`, (world) => aws.create(world, type, inputs));
    response.setId(made.id);
    response.setProperties(struct(made.outputs));
    return response;
  }),
  read: handler<provider.ReadRequest, provider.ReadResponse>(({ request }) => {
    const response = new provider.ReadResponse();
    const found = aws.read(new World(readState(file), region), request.getType(), request.getId());
    if (found === undefined) return response;
    response.setId(found.id);
    response.setProperties(struct(found.outputs));
    response.setInputs(struct(found.inputs));
    return response;
  }),
  update: handler<provider.UpdateRequest, provider.UpdateResponse>(async ({ request }) => {
    const type = request.getType();
    const news = plain(request.getNews());
    const response = new provider.UpdateResponse();
    if (request.getPreview()) {
      response.setProperties(struct(aws.previewUpdate(type, plain(request.getOlds()), news, region)));
      return response;
    }
    await sleep(DELAY_MS);
    fault(type, "update");
    const { outputs } = transact(`update ${request.getUrn()}`, (world) =>
      aws.update(world, type, request.getId(), news),
    );
    response.setProperties(struct(outputs));
    return response;
  }),
  delete: handler<provider.DeleteRequest, empty.Empty>(async ({ request }) => {
    const type = request.getType();
    await sleep(DELAY_MS);
    fault(type, "delete");
    const end = Date.now() + RETRY_MS;
    for (;;) {
      try {
        transact(`delete ${request.getUrn()}`, (world) => aws.delete(world, type, request.getId()));
        return nothing();
      } catch (error) {
        if (!(error instanceof AwsError && error.retryable) || Date.now() >= end) throw error;
      }
      await sleep(100);
    }
  }),
});
