import type { Resource } from "../../stacks/platforms/operations";
import { table } from "../../validation/report/table";
import type { Inventory } from "./inventory";

/** The inventory for people: what still exists, and the commands that remove it, in their order. */
export function formatInventory({ identity, leftovers, pending, unread }: Inventory): string {
  const rows = (resources: readonly Resource[]): string =>
    table(
      resources.map((resource) => [
        `  ${resource.type}`,
        resource.id,
        [resource.pending, resource.detail].filter((part) => part !== undefined).join(", "),
      ]),
    );
  const parts = [
    `Searched ${identity.region} for the tag llm-d.ai/environment=${identity.owner} and the tags of cluster ${identity.cluster}.\n`,
  ];
  if (leftovers.length > 0) {
    const commands = leftovers.map(({ remove, type, id }) => `  ${remove ?? `# ${type} ${id}: by hand`}\n`);
    parts.push(
      `\nStill there (${leftovers.length}):\n${rows(leftovers)}\n`,
      `While the stack exists, pulumi destroy removes them. Otherwise, in this order:\n${commands.join("")}`,
    );
  } else {
    parts.push(unread.length === 0 ? "Nothing is left.\n" : "Nothing was found in the places that could be read.\n");
  }
  if (pending.length > 0) parts.push(`\nDeleted, and kept without cost until their last day:\n${rows(pending)}`);
  if (unread.length > 0) {
    parts.push(`\nCould not be read:\n${table(unread.map(({ source, reason }) => [`  ${source}`, reason]))}`);
  }
  return parts.join("");
}
