import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { OWNER_ANNOTATION } from "../../cluster/owner";
import { type AskApi, openApi, UnreachableError } from "../../cluster/rawApi";
import type { CrdProviderArgs, CustomResourceDefinitionArgs } from "../customResourceDefinition";
import { recallManifest } from "../manifestStore";
import { applyDefinition, deleteDefinition, isOwned, type LiveDefinition, readDefinition } from "./definitions";
import { schemaChanges } from "./schemaChanges";
import { handler, logToEngine, nothing, plain, type Properties, serve, struct } from "./server";

/**
 * The provider of custom resource definitions. The engine starts it as `pulumi-resource-llmd-crds [flags] ENGINE_ADDRESS`, and
 * reads its port from its output.
 *
 * @see https://www.pulumi.com/docs/iac/guides/building-extending/providers/implementers/
 */

/** What the state keeps of a definition. */
interface State extends CustomResourceDefinitionArgs {
  /** The API server's count of changes. Another number means that somebody else has changed it. */
  readonly generation: number;
}

const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
const { ADD, DELETE, UPDATE } = provider.PropertyDiff.Kind;

let api: Promise<AskApi> | undefined;
let kubeconfig = "";

/** The cluster's API. Opened at the first use, because a preview without a change needs none. */
function cluster(): Promise<AskApi> {
  return (api ??= openApi(kubeconfig).then(({ ask }) => ask));
}

const state = (inputs: CustomResourceDefinitionArgs, { metadata }: LiveDefinition): State => ({
  ...inputs,
  generation: metadata.generation,
});

const apply = async (inputs: CustomResourceDefinitionArgs): Promise<State> =>
  state(inputs, await applyDefinition(await cluster(), recallManifest(inputs.digest), inputs.owner));

/** Inputs of the official resource, whose state has not moved over yet. A run of the program gives that state to this provider. */
interface OfficialInputs {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

type Inputs = CustomResourceDefinitionArgs | OfficialInputs;

const isOfficial = (inputs: Inputs): inputs is OfficialInputs => "metadata" in inputs;

/** The owner that the state names. */
const ownerIn = (inputs: Inputs): string =>
  isOfficial(inputs) ? (inputs.metadata.annotations?.[OWNER_ANNOTATION] ?? "") : inputs.owner;

const INPUTS = ["name", "owner", "annotations", "served", "digest"] as const;

/** The inputs that differ from the state, with how they differ. */
function changes(olds: Properties, news: Properties): [name: string, kind: number][] {
  return INPUTS.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key])).map((key) => [
    key,
    olds[key] === undefined ? ADD : news[key] === undefined ? DELETE : UPDATE,
  ]);
}

/** Tells the user which fields an update changes: the inputs show only that the schema is another one. */
async function sayChanges(urn: string, { name, digest }: CustomResourceDefinitionArgs): Promise<void> {
  const live = await readDefinition(await cluster(), name);
  const lines = live === undefined ? [] : schemaChanges(live.spec, recallManifest(digest).spec);
  for (const line of lines) await logToEngine(urn, line);
}

serve("1.0.0", {
  diffConfig: handler<provider.DiffRequest, provider.DiffResponse>(({ request }) => {
    const [olds, news] = [request.getOldInputs(), request.getNews()].map((inputs) =>
      plain<Partial<CrdProviderArgs>>(inputs),
    );
    const response = new provider.DiffResponse();
    response.setChanges(olds?.kubeconfig === news?.kubeconfig ? DIFF_NONE : DIFF_SOME);
    // The official provider has this argument too, so that definitions move over from it in the same cluster only.
    if (olds?.clusterIdentifier !== news?.clusterIdentifier) {
      response.setChanges(DIFF_SOME);
      response.setReplacesList(["clusterIdentifier"]);
    }
    return response;
  }),
  configure: handler<provider.ConfigureRequest, provider.ConfigureResponse>(({ request }) => {
    // Among the arguments it is wrapped as a secret.
    kubeconfig = request.getVariablesMap().get("llmd-crds:config:kubeconfig") ?? "";
    if (kubeconfig === "") throw new Error("kubeconfig, the content of the cluster's kubeconfig, is missing");
    const response = new provider.ConfigureResponse();
    response.setSupportspreview(true);
    // The engine then sends secrets as plain values, and marks the outputs itself.
    response.setAcceptsecrets(false);
    return response;
  }),

  check: handler<provider.CheckRequest, provider.CheckResponse>(({ request }) => {
    const response = new provider.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  }),
  diff: handler<provider.DiffRequest, provider.DiffResponse>(({ request }) => {
    const changed = changes(plain(request.getOlds()), plain(request.getNews()));
    const response = new provider.DiffResponse();
    response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
    response.setDiffsList(changed.map(([key]) => key));
    // The state of the official resource has no name at this place, and moves over in place.
    if (changed.some(([key, kind]) => key === "name" && kind === UPDATE)) response.setReplacesList(["name"]);
    response.setHasdetaileddiff(true);
    for (const [key, kind] of changed) {
      const difference = new provider.PropertyDiff();
      difference.setKind(kind as typeof ADD);
      response.getDetaileddiffMap().set(key, difference);
    }
    return response;
  }),
  create: handler<provider.CreateRequest, provider.CreateResponse>(async ({ request }) => {
    const inputs = plain<CustomResourceDefinitionArgs>(request.getProperties());
    const response = new provider.CreateResponse();
    if (!request.getPreview()) response.setId(inputs.name);
    response.setProperties(struct(request.getPreview() ? inputs : await apply(inputs)));
    return response;
  }),
  read: handler<provider.ReadRequest, provider.ReadResponse>(async ({ request }) => {
    const response = new provider.ReadResponse();
    const inputs = plain<Inputs>(request.getInputs());
    const live = await readDefinition(await cluster(), request.getId());
    // One that was handed over to somebody else is not in the state any more.
    if (live === undefined || !isOwned(live, ownerIn(inputs))) return response;
    const { generation } = plain<Partial<State>>(request.getProperties());
    response.setId(request.getId());
    response.setInputs(request.getInputs());
    if (isOfficial(inputs)) {
      response.setProperties(request.getProperties());
      return response;
    }
    // With another digest, the next up sets it again.
    const isSame = generation === live.metadata.generation;
    response.setProperties(struct(state(isSame ? inputs : { ...inputs, digest: "changed in the cluster" }, live)));
    return response;
  }),
  update: handler<provider.UpdateRequest, provider.UpdateResponse>(async ({ request }) => {
    const inputs = plain<CustomResourceDefinitionArgs>(request.getNews());
    const response = new provider.UpdateResponse();
    if (request.getPreview()) await sayChanges(request.getUrn(), inputs);
    response.setProperties(struct(request.getPreview() ? inputs : await apply(inputs)));
    return response;
  }),
  delete: handler<provider.DeleteRequest, ReturnType<typeof nothing>>(async ({ request }) => {
    try {
      await deleteDefinition(
        await cluster(),
        request.getId(),
        ownerIn(plain(request.getOldInputs())),
        request.getTimeout(),
      );
    } catch (error) {
      // The same variable as for all other Kubernetes objects.
      if (!(error instanceof UnreachableError)) throw error;
      if (process.env.PULUMI_K8S_DELETE_UNREACHABLE !== "true") {
        throw new Error(
          `${error.message}. If the cluster was deleted, set PULUMI_K8S_DELETE_UNREACHABLE to true to remove this from the state.`,
          { cause: error },
        );
      }
    }
    return nothing();
  }),
});
