import { spawn } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as empty from "google-protobuf/google/protobuf/empty_pb";

/**
 * A Node.js language host for the embedded environment and the tests: the part of Pulumi that starts a program when the
 * CLI asks for it. The official one comes with the official CLI and with no package registry; this one does the same
 * with the SDK's own runner (`@pulumi/pulumi/cmd/run`), so the program runs as it does everywhere. It is used only
 * through the toolchain's PATH, and does only what preview, up, refresh and destroy ask for, policy packs and component
 * packages included.
 *
 * Called as `pulumi-language-nodejs [flags] ENGINE_ADDRESS`; prints the port it listens on.
 */

/** The runner's exit code for an error that it has already shown (see the runner's source). */
const ALREADY_REPORTED = 32;

const engineAddress = process.argv.slice(2).filter((argument) => !argument.startsWith("-"))[0] ?? "";

function run(
  call: grpc.ServerUnaryCall<language.RunRequest, language.RunResponse>,
  reply: grpc.sendUnaryData<language.RunResponse>,
): void {
  const request = call.request;
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    pwd: request.getPwd(),
    "root-directory": info?.getRootDirectory() ?? "",
    parallel: String(request.getParallel()),
  };
  const child = spawn(
    process.execPath,
    [
      require.resolve("@pulumi/pulumi/cmd/run"),
      ...Object.entries(flags).flatMap(([key, value]) => (value === "" ? [] : [`--${key}`, value])),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      path.resolve(info?.getProgramDirectory() ?? request.getPwd(), info?.getEntryPoint() ?? "."),
      ...request.getArgsList(),
    ],
    {
      cwd: request.getPwd(),
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        // Configuration goes by the environment, as in the official host: a command line can be read by every user.
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(false))),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        // True unless Pulumi.yaml says otherwise, as in the official host.
        PULUMI_NODEJS_TYPESCRIPT: String(info?.getOptions()?.toJavaScript()["typescript"] !== false),
      },
    },
  );
  child.once("error", (error) => reply(error, null));
  child.once("exit", (code, signal) => {
    const response = new language.RunResponse();
    if (code === ALREADY_REPORTED) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with ${signal ?? `exit code ${code}`}`);
    reply(null, response);
  });
}

/** The SDK's runner of a plugin, with its arguments: that of policy packs wants the engine's address first. */
function pluginCommand(kind: string, program: string, args: readonly string[]): string[] {
  return kind === "analyzer"
    ? [require.resolve("@pulumi/pulumi/cmd/run-policy-pack"), ...args, program]
    : [require.resolve("@pulumi/pulumi/cmd/run-plugin"), program, ...args];
}

/**
 * Runs a plugin that is written in TypeScript: a policy pack, or the provider of a package of components. What it prints
 * goes to the engine, the port that it listens on among that.
 */
function runPlugin(call: grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>): void {
  const { request } = call;
  const info = request.getInfo();
  const program = path.resolve(info?.getProgramDirectory() ?? request.getPwd(), info?.getEntryPoint() ?? ".");
  const child = spawn(process.execPath, pluginCommand(request.getKind(), program, request.getArgsList()), {
    cwd: program,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...Object.fromEntries(request.getEnvList().map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string])),
      // They are checked with the rest of the project, and each start would cost seconds.
      TS_NODE_TRANSPILE_ONLY: "true",
    },
  });
  const send = (fill: (response: language.RunPluginResponse) => void): void => {
    const response = new language.RunPluginResponse();
    fill(response);
    call.write(response);
  };
  child.stdout.on("data", (chunk: Buffer) => send((response) => response.setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => send((response) => response.setStderr(chunk)));
  child.once("error", (error) => call.destroy(error));
  child.once("close", (code) => {
    send((response) => response.setExitcode(code ?? 1));
    call.end();
  });
  call.once("cancelled", () => child.kill());
}

function pluginInfo(_: unknown, reply: grpc.sendUnaryData<plugin.PluginInfo>): void {
  const info = new plugin.PluginInfo();
  info.setVersion("0.0.0");
  reply(null, info);
}

/** Plugins come from the toolchain by PATH, so none is asked for. */
const handlers = {
  run,
  runPlugin,
  getPluginInfo: pluginInfo,
  getRequiredPlugins: (_: unknown, reply: grpc.sendUnaryData<language.GetRequiredPluginsResponse>) =>
    reply(null, new language.GetRequiredPluginsResponse()),
  getRequiredPackages: (_: unknown, reply: grpc.sendUnaryData<language.GetRequiredPackagesResponse>) =>
    reply(null, new language.GetRequiredPackagesResponse()),
  runtimeOptionsPrompts: (_: unknown, reply: grpc.sendUnaryData<language.RuntimeOptionsResponse>) =>
    reply(null, new language.RuntimeOptionsResponse()),
  getProgramDependencies: (_: unknown, reply: grpc.sendUnaryData<language.GetProgramDependenciesResponse>) =>
    reply(null, new language.GetProgramDependenciesResponse()),
  about: (_: unknown, reply: grpc.sendUnaryData<language.AboutResponse>) => {
    const response = new language.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    reply(null, response);
  },
  // Those of the checkout are there, which is where everything is that this host starts.
  installDependencies: (call: grpc.ServerWritableStream<language.InstallDependenciesRequest, unknown>) => call.end(),
  cancel: (_: unknown, reply: grpc.sendUnaryData<empty.Empty>) => reply(null, new empty.Empty()),
};

const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
server.addService(
  languageGrpc.LanguageRuntimeService as unknown as grpc.ServiceDefinition,
  handlers as unknown as grpc.UntypedServiceImplementation,
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(port);
});
// The CLI that started this host is the only one that needs it; without it there is nothing to live for.
process.stdin.on("end", () => process.exit(0)).resume();
