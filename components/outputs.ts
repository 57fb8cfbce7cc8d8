import type * as pulumi from "@pulumi/pulumi";

/** An output's value, for hooks: they run when the resource behind it exists. */
export function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value)));
}
