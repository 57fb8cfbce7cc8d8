/** A resource of a preview. */
export interface GraphedResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
}

/** Whether a resource is part of the environment: the stack and the providers are not. */
const isPart = ({ type }: GraphedResource): boolean => !type.startsWith("pulumi:");

const COMPONENT = /^llmd:(\w+):(\w+)$/;

/** The layer of the picture for each folder of components. */
const LAYERS: Readonly<Record<string, string>> = {
  aws: "AWS",
  cluster: "Namespaces",
  gpu: "GPUs",
  gateway: "Gateway",
  security: "Security",
  serving: "Serving",
  monitoring: "Monitoring",
  autoscaling: "Autoscaling",
  validation: "Validation",
  openshift: "OpenShift",
};

/** A box of the picture: a component with everything in it, or a resource outside of components. */
interface Box {
  readonly id: string;
  readonly label: string;
  readonly layer: string;
}

/**
 * Draws the graph of an environment as a Mermaid flowchart: a box for each component, by layer, and an arrow from each
 * dependency. Arrows that follow from others are left out.
 */
export function mermaid(resources: readonly GraphedResource[]): string {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const boxes = new Map<string, Box>();
  for (const resource of resources.filter(isPart)) {
    const outer = outermost(resource, byUrn);
    if (!boxes.has(outer.urn)) boxes.set(outer.urn, boxOf(outer));
  }
  const needs = new Map<string, Set<string>>([...boxes.values()].map(({ id }) => [id, new Set<string>()]));
  for (const resource of resources.filter(isPart)) {
    const box = boxes.get(outermost(resource, byUrn).urn);
    for (const urn of resource.dependencies ?? []) {
      const dependency = byUrn.get(urn);
      if (dependency === undefined || box === undefined || !isPart(dependency)) continue;
      const other = boxes.get(outermost(dependency, byUrn).urn);
      if (other !== undefined && other.id !== box.id) needs.get(box.id)?.add(other.id);
    }
  }
  const layers = [...new Set([...Object.values(LAYERS), ...[...boxes.values()].map(({ layer }) => layer)])];
  const lines = layers.flatMap((layer) => {
    const inside = [...boxes.values()].filter((box) => box.layer === layer).sort(byId);
    if (inside.length === 0) return [];
    const list = inside.map(({ id, label }) => `    ${id}["${label}"]`);
    return [`  subgraph ${layer.replaceAll(/\W/g, "")}_layer["${layer}"]`, ...list, "  end"];
  });
  const arrows = [...needs].sort(([a], [b]) => a.localeCompare(b, "en"));
  const drawn = arrows.flatMap(([id]) => direct(id, needs).map((before) => `  ${before} --> ${id}`));
  return ["flowchart LR", ...lines, ...drawn, ""].join("\n");
}

const byId = (a: Box, b: Box): number => a.id.localeCompare(b.id, "en");

/** The outermost component that contains a resource; the resource itself when none does. */
function outermost(resource: GraphedResource, byUrn: ReadonlyMap<string, GraphedResource>): GraphedResource {
  const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
  return parent === undefined || !isPart(parent) ? resource : outermost(parent, byUrn);
}

function boxOf({ urn, type }: GraphedResource): Box {
  const name = urn.split("::").at(-1) ?? "";
  const [, folder = "", kind = ""] = COMPONENT.exec(type) ?? [];
  const shown = kind === "" ? (type.split(":").at(-1) ?? "") : kind;
  return {
    id: `${shown}_${name}`.replaceAll(/\W/g, "_"),
    label: `${shown}<br/>${name}`,
    layer: LAYERS[folder] ?? "Others",
  };
}

/** The dependencies of a box that none of its other dependencies has too. */
function direct(id: string, needs: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const own = [...(needs.get(id) ?? [])];
  return own
    .filter((before) => !own.some((other) => other !== before && reaches(other, before, needs)))
    .sort((a, b) => a.localeCompare(b, "en"));
}

function reaches(from: string, to: string, needs: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  return [...(needs.get(from) ?? [])].some((next) => next === to || reaches(next, to, needs));
}

/** The marks around a stack's graph in a page. */
const marks = (stack: string): readonly [string, string] => [`<!-- graph of ${stack} -->`, `<!-- end of graph -->`];

/**
 * Replaces the graph of a stack in a page.
 *
 * @throws Error when the page has no place for it
 */
export function withGraph(page: string, stack: string, graph: string): string {
  const [begin, end] = marks(stack);
  const start = page.indexOf(begin);
  const stop = page.indexOf(end, start);
  if (start < 0 || stop < 0) throw new Error(`there is no place for the graph of ${stack}: ${begin} … ${end}`);
  return `${page.slice(0, start + begin.length)}\n\n\`\`\`mermaid\n${graph}\`\`\`\n\n${page.slice(stop)}`;
}
