import { table } from "../../validation/report/table";
import type { Inventory } from "./inventory";
import type { Resource } from "./resource";

/** The inventory for people: what is there, and the commands that remove it, in their order. */
export function formatInventory(inventory: Inventory): string {
  const { identity, leftovers, pending, unread } = inventory;
  const rows = (resources: readonly Resource[]): string =>
    table(
      resources.map((resource) => [
        `  ${resource.type}`,
        resource.id,
        [resource.pending, resource.detail].filter((part) => part !== undefined).join(", "),
      ]),
    );
  const commands = leftovers.map(
    (resource) => `  ${resource.remove ?? `# ${resource.type} ${resource.id}: by hand`}\n`,
  );
  const parts = [
    `Looked for what carries llm-d.ai/environment=${identity.owner} or a tag of cluster ${identity.cluster} in ${identity.region}.\n`,
    leftovers.length > 0
      ? `\nStill there (${leftovers.length}):\n${rows(leftovers)}\nWhile the stack exists, pulumi destroy removes them. Otherwise, in this order:\n${commands.join("")}`
      : unread.length === 0
        ? "Nothing is left.\n"
        : "Nothing was found where it could be looked.\n",
    pending.length > 0
      ? `\nDeleted, and waiting for the day on which they are gone, which costs nothing:\n${rows(pending)}`
      : "",
    unread.length > 0
      ? `\nCould not be looked at:\n${table(unread.map(({ source, reason }) => [`  ${source}`, reason]))}`
      : "",
  ];
  return parts.join("");
}
