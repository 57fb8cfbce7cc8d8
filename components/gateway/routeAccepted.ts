/**
 * What `pulumi.com/waitFor` of an HTTPRoute waits for: that the gateway took it and found what it leads to. A route's
 * conditions are per parent.
 */
export const ROUTE_ACCEPTED = JSON.stringify(
  ["Accepted", "ResolvedRefs"].map(
    (type) => `jsonpath={.status.parents[*].conditions[?(@.type=="${type}")].status}=True`,
  ),
);
