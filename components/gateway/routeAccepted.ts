/**
 * The `pulumi.com/waitFor` of every HTTPRoute: the gateway accepted it and found its backends. A route has conditions for each
 * parent.
 */
export const ROUTE_ACCEPTED = JSON.stringify(
  ["Accepted", "ResolvedRefs"].map(
    (type) => `jsonpath={.status.parents[*].conditions[?(@.type=="${type}")].status}=True`,
  ),
);
