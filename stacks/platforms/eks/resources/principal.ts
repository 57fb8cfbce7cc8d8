/**
 * Whether whoever is calling, as STS names them, is an IAM role or user, as the configuration names it. STS gives the
 * session of a role and leaves the role's path out; within an account a role's name is unique without it.
 *
 * @param caller Such as `arn:aws:sts::123456789012:assumed-role/admin/me` or `arn:aws:iam::123456789012:user/me`.
 * @param principal Such as `arn:aws:iam::123456789012:role/team/admin`.
 */
export function isPrincipal(caller: string, principal: string): boolean {
  if (caller === principal) return true;
  const [, partition, service, , account, resource = ""] = caller.split(":");
  const [kind, role] = resource.split("/");
  if (service !== "sts" || kind !== "assumed-role" || role === undefined) return false;
  const prefix = `arn:${partition}:iam::${account}:role/`;
  return principal.startsWith(prefix) && principal.slice(prefix.length).split("/").at(-1) === role;
}
