/** Skips a test, or a suite from its hook, and prints the reason. */
export function skip(context: Mocha.Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  context.skip();
}
