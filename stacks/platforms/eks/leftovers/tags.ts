import { paginateGetResources, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import type { Identity, Resource } from "../../operations";
import { allItems } from "../awsClient";
import { globalRegionOf } from "../resources/partition";
import { fromArn, ownTags } from "./tagged";

/** Everything that carries one of the stack's tags, as the tagging API knows it. */
export async function taggedResources(identity: Identity): Promise<Resource[]> {
  const regions = [...new Set([identity.region, globalRegionOf(identity.region) ?? identity.region])];
  const arns = await Promise.all(
    regions.flatMap((region) => {
      const client = new ResourceGroupsTaggingAPIClient({ region });
      return ownTags(identity).map(async ({ key, value }) => {
        const TagFilters = [{ Key: key, ...(value === undefined ? {} : { Values: [value] }) }];
        const mappings = await allItems(
          paginateGetResources({ client }, { TagFilters }),
          (page) => page.ResourceTagMappingList,
        );
        return mappings
          .map((mapping) => mapping.ResourceARN ?? "")
          .filter((arn) => region === identity.region || /^arn:[^:]*:iam:/.test(arn));
      });
    }),
  );
  return [...new Set(arns.flat())].map(fromArn).filter((resource) => resource !== undefined);
}
