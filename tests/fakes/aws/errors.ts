/** Services whose errors the AWS SDK for Go shows as `api error CODE: ...`; the others' have a type of their own. */
const UNTYPED = new Set(["EC2", "Auto Scaling"]);

/** A refusal of AWS, in the words that the provider shows for it. */
export class AwsError extends Error {
  /**
   * @param service name of the service in the AWS SDK for Go
   * @param operation the call that is refused
   * @param code AWS' error code
   * @param detail AWS' message
   */
  constructor(
    readonly service: string,
    readonly operation: string,
    readonly code: string,
    readonly detail: string,
  ) {
    const kind = UNTYPED.has(service) ? `api error ${code}` : code;
    super(
      `operation error ${service}: ${operation}, https response error StatusCode: 400, ` +
        `RequestID: 00000000-0000-0000-0000-000000000000, ${kind}: ${detail}`,
    );
  }

  /** Refused only for as long as something else is there, which is why the provider tries such a call again. */
  get passing(): boolean {
    return ["DependencyViolation", "DeleteConflict", "ResourceInUseException"].includes(this.code);
  }
}

/** A refusal by the stand-in itself: AWS would take this, or was never asked. */
export class StandInError extends Error {}
