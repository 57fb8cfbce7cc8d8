import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { globalRegionOf } from "../../../stacks/platforms/eks/resources/names";
import { allPages, type AwsClientOptions } from "../../common/aws";
import { fromArn, type Identity, ownTags, type Resource } from "../resource";

/** Everything that carries one of the stack's tags, as the tagging API knows it. */
export async function tagged(identity: Identity, options: AwsClientOptions): Promise<Resource[]> {
  const regions = [...new Set([options.region, globalRegionOf(options.region) ?? options.region])];
  const arns = await Promise.all(
    regions.flatMap((region) => {
      const client = new ResourceGroupsTaggingAPIClient({ ...options, region });
      return ownTags(identity).map(async ({ key, value }) => {
        const TagFilters = [{ Key: key, ...(value === undefined ? {} : { Values: [value] }) }];
        const mappings = await allPages(
          (PaginationToken) => client.send(new GetResourcesCommand({ TagFilters, PaginationToken })),
          (page) => page.ResourceTagMappingList,
          (page) => page.PaginationToken,
        );
        return mappings
          .map((mapping) => mapping.ResourceARN ?? "")
          .filter((arn) => region === options.region || /^arn:[^:]*:iam:/.test(arn));
      });
    }),
  );
  return [...new Set(arns.flat())].map(fromArn).filter((resource) => resource !== undefined);
}
