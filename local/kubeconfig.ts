import * as https from "node:https";
import * as k8s from "@kubernetes/client-node";

/** A kubeconfig whose clients share their connections. */
class SharedConnections extends k8s.KubeConfig {
  private agent: https.Agent | undefined;

  // The library makes an agent for each request. The TLS handshakes took a seventh of the API server's time.
  override async applySecurityAuthentication(context: k8s.RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const made = context.getAgent() as https.Agent | undefined;
    this.agent ??= new https.Agent({ ...made?.options, keepAlive: true });
    context.setAgent(this.agent);
  }
}

/**
 * Reads the kubeconfig of an embedded API server.
 *
 * @param file Its path. The current context is used.
 */
export function readKubeconfig(file: string): k8s.KubeConfig {
  const config = new SharedConnections();
  config.loadFromFile(file);
  return config;
}
