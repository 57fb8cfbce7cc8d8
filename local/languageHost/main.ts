import { spawn } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as empty from "google-protobuf/google/protobuf/empty_pb";

/**
 * A Node.js language host: the part of Pulumi that starts a program when the CLI asks for it. The official one comes
 * only with the official CLI, which no package registry serves. This one uses the SDK's own runner
 * (`@pulumi/pulumi/cmd/run`), so a program runs as it does everywhere. It serves preview, up, refresh and destroy, policy
 * packs and component packages. Only the embedded environment and the tests have it on PATH.
 *
 * Called as `pulumi-language-nodejs [flags] ENGINE_ADDRESS`. Prints the port it listens on.
 */

/** The runner's exit code for an error that it has already reported (see the runner's source). */
const ALREADY_REPORTED = 32;

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";

/** The folder or file of the program that a request is about. */
function programPath(request: { getPwd(): string }, info: language.ProgramInfo | undefined): string {
  return path.resolve(info?.getProgramDirectory() ?? request.getPwd(), info?.getEntryPoint() ?? ".");
}

function run(
  { request }: grpc.ServerUnaryCall<language.RunRequest, language.RunResponse>,
  reply: grpc.sendUnaryData<language.RunResponse>,
): void {
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
  const args = [
    require.resolve("@pulumi/pulumi/cmd/run"),
    ...Object.entries(flags).flatMap(([key, value]) => (value === "" ? [] : [`--${key}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    programPath(request, info),
    ...request.getArgsList(),
  ];
  const child = spawn(process.execPath, args, {
    cwd: request.getPwd(),
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      // As in the official host, the environment carries the configuration: every user can read a command line.
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(false))),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      // As in the official host, true unless Pulumi.yaml says otherwise.
      PULUMI_NODEJS_TYPESCRIPT: String(info?.getOptions()?.toJavaScript()["typescript"] !== false),
    },
  });
  child.once("error", (error) => reply(error, null));
  child.once("exit", (code, signal) => {
    const response = new language.RunResponse();
    if (code === ALREADY_REPORTED) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with ${signal ?? `exit code ${code}`}`);
    reply(null, response);
  });
}

/** The arguments of the SDK's runner for a plugin. The runner of policy packs expects the engine's address first. */
function pluginArguments(kind: string, program: string, args: readonly string[]): string[] {
  return kind === "analyzer"
    ? [require.resolve("@pulumi/pulumi/cmd/run-policy-pack"), ...args, program]
    : [require.resolve("@pulumi/pulumi/cmd/run-plugin"), program, ...args];
}

/**
 * Runs a plugin that is written in TypeScript: a policy pack, or the provider of a component package. Sends its output to
 * the engine, which reads the plugin's port from it.
 */
function runPlugin(call: grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>): void {
  const { request } = call;
  const program = programPath(request, request.getInfo());
  const child = spawn(process.execPath, pluginArguments(request.getKind(), program, request.getArgsList()), {
    cwd: program,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...Object.fromEntries(request.getEnvList().map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string])),
      // Type checks would cost seconds at each start, and lint checks these types with the rest of the project.
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

/** A handler that replies with a new message, and fills it if the method has something to report. */
function replyWith<T>(Response: new () => T, fill?: (response: T) => void) {
  return (_: unknown, reply: grpc.sendUnaryData<T>): void => {
    const response = new Response();
    fill?.(response);
    reply(null, response);
  };
}

const handlers = {
  run,
  runPlugin,
  getPluginInfo: replyWith(plugin.PluginInfo, (info) => info.setVersion("0.0.0")),
  // None is required, because the engine finds all plugins of the toolchain on PATH.
  getRequiredPlugins: replyWith(language.GetRequiredPluginsResponse),
  getRequiredPackages: replyWith(language.GetRequiredPackagesResponse),
  runtimeOptionsPrompts: replyWith(language.RuntimeOptionsResponse),
  getProgramDependencies: replyWith(language.GetProgramDependenciesResponse),
  about: replyWith(language.AboutResponse, (about) => {
    about.setExecutable(process.execPath);
    about.setVersion(process.version);
  }),
  // Everything that this host starts is in the checkout, and its dependencies are installed there.
  installDependencies: (call: grpc.ServerWritableStream<language.InstallDependenciesRequest, unknown>) => call.end(),
  cancel: replyWith(empty.Empty),
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
// Only the CLI that started this host uses it, so the host ends with the CLI.
process.stdin.on("end", () => process.exit(0)).resume();
