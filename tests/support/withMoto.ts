import { type Moto, motoEnvironment, MotoUnavailable, startMoto } from "./moto";
import { skip } from "./skip";

/** How long moto's installation and start may take, in milliseconds. */
const START_TIMEOUT_MS = 300_000;

/** Starts moto for a suite and sets AWS's environment variables. Skips the suite when moto cannot be installed. */
export function withMoto(): { moto(): Moto; setEndpoint(endpoint: string): void } {
  let moto: Moto | undefined;
  const earlier: Record<string, string | undefined> = {};
  const set = (variables: Readonly<Record<string, string>>): void => {
    for (const [name, value] of Object.entries(variables)) {
      if (!(name in earlier)) earlier[name] = process.env[name];
      process.env[name] = value;
    }
  };
  before(async function () {
    this.timeout(START_TIMEOUT_MS);
    try {
      moto = await startMoto();
    } catch (error) {
      if (!(error instanceof MotoUnavailable)) throw error;
      skip(this, `moto cannot be installed: ${error.message}`);
    }
    // A profile takes precedence over keys.
    earlier.AWS_PROFILE = process.env.AWS_PROFILE;
    delete process.env.AWS_PROFILE;
    set(motoEnvironment(moto.endpoint));
  });
  after(async () => {
    for (const [name, value] of Object.entries(earlier)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await moto?.stop();
  });
  return {
    moto() {
      if (moto === undefined) throw new Error("moto has not been started");
      return moto;
    },
    setEndpoint: (endpoint) => set({ AWS_ENDPOINT_URL: endpoint }),
  };
}
