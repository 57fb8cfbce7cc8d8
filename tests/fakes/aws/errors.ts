/** Services whose errors the AWS SDK for Go prints as `api error CODE: ...`. Other services have typed errors. */
const UNTYPED = new Set(["EC2", "Auto Scaling"]);

/** An error of an AWS API, as the provider prints it. */
export class AwsError extends Error {
  /**
   * @param service name of the service in the AWS SDK for Go
   * @param operation the refused call
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

  /** Whether the call can succeed once something else is deleted. The provider retries these. */
  get retryable(): boolean {
    return ["DependencyViolation", "DeleteConflict", "ResourceInUseException"].includes(this.code);
  }
}

/** An error that is not an AWS API's: the provider's own, or of the fake. */
export class FakeError extends Error {}
