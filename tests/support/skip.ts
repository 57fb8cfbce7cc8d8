/** Skips a test, or all tests of a suite whose hook this is, and says why. */
export function skip(context: Mocha.Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  context.skip();
}
