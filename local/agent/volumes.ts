import * as fs from "node:fs/promises";
import * as path from "node:path";

import type {
  V1Container,
  V1DownwardAPIVolumeFile,
  V1KeyToPath,
  V1Pod,
  V1ServiceAccountTokenProjection,
  V1Volume,
  V1VolumeProjection,
} from "@kubernetes/client-node";

import { podField, type PodSources, resourceField } from "./environment";
import { project, type ProjectedFile } from "./projection";
import type { SandboxMount } from "./runtime";

/** The sources of volumes. */
export interface VolumeSources extends PodSources {
  /** A token of the pod's service account. */
  token(pod: V1Pod, projection: V1ServiceAccountTokenProjection): Promise<string>;
  /** Folder of the volume that a claim is bound to, which outlives the pod; undefined for an unbound claim. */
  claim(namespace: string, name: string): Promise<string | undefined>;
}

/** A volume cannot be written (yet). */
export class VolumeError extends Error {}

/** Mode of a volume's files by default (the API's default). */
const DEFAULT_MODE = 0o644;

/** The volumes of one pod as folders of this machine. */
export class PodVolumes {
  /** Folders of the volumes that are outside the pod's folder, by their names in the pod. */
  private readonly claimed = new Map<string, string>();

  /** @param folder the pod's own folder for volumes */
  constructor(
    private readonly folder: string,
    private readonly sources: VolumeSources,
  ) {}

  /**
   * Writes every volume, and updates those that exist.
   *
   * @throws VolumeError when something that a volume needs does not exist
   */
  async write(pod: V1Pod): Promise<void> {
    for (const volume of pod.spec?.volumes ?? []) {
      const group = pod.spec?.securityContext?.fsGroup;
      if (volume.emptyDir !== undefined) await writable(this.folderOf(volume.name), group);
      else if (volume.persistentVolumeClaim !== undefined) await this.claim(pod, volume, group);
      else await project(this.folderOf(volume.name), await this.filesOf(pod, volume), group);
    }
  }

  /** Creates the folder of a claim's volume, and the subfolders that containers mount. */
  private async claim(pod: V1Pod, volume: V1Volume, group: number | undefined): Promise<void> {
    const name = volume.persistentVolumeClaim?.claimName ?? "";
    const folder = await this.sources.claim(pod.metadata?.namespace ?? "", name);
    if (folder === undefined) throw new VolumeError(`persistentvolumeclaim "${name}" is not bound`);
    this.claimed.set(volume.name, folder);
    await writable(folder, group);
    const { containers = [], initContainers = [] } = pod.spec ?? {};
    for (const mount of [...initContainers, ...containers].flatMap(({ volumeMounts }) => volumeMounts ?? [])) {
      if (mount.name === volume.name && mount.subPath !== undefined) {
        await writable(path.join(folder, within(mount.subPath, mount.name)), group);
      }
    }
  }

  /** The container's mounts; `expand` replaces variables in a `subPathExpr`. */
  mountsOf(container: V1Container, expand: (text: string) => string): SandboxMount[] {
    return (container.volumeMounts ?? []).map((mount) => {
      const inside = mount.subPathExpr === undefined ? (mount.subPath ?? "") : expand(mount.subPathExpr);
      return {
        path: mount.mountPath,
        source: path.join(this.folderOf(mount.name), within(inside, mount.name)),
        readOnly: mount.readOnly ?? false,
      };
    });
  }

  private folderOf(name: string): string {
    return this.claimed.get(name) ?? path.join(this.folder, name);
  }

  private async filesOf(pod: V1Pod, volume: V1Volume): Promise<Map<string, ProjectedFile>> {
    const { projected, configMap, secret, downwardAPI } = volume;
    const mode = (projected ?? configMap ?? secret ?? downwardAPI)?.defaultMode ?? DEFAULT_MODE;
    const single = { configMap, secret: secret && { ...secret, name: secret.secretName }, downwardAPI };
    const files = new Map<string, ProjectedFile>();
    try {
      for (const source of projected === undefined ? [single] : (projected.sources ?? [])) {
        for (const [name, file] of await this.part(pod, source, mode)) files.set(name, file);
      }
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    }
    return files;
  }

  private async part(pod: V1Pod, source: V1VolumeProjection, mode: number): Promise<Map<string, ProjectedFile>> {
    const namespace = pod.metadata?.namespace ?? "";
    const { configMap, secret, downwardAPI, serviceAccountToken } = source;
    if (configMap !== undefined) {
      const found = this.sources.configMap(namespace, configMap.name ?? "");
      const data = found && { ...buffers(found.data, "utf8"), ...buffers(found.binaryData, "base64") };
      return keyed("configmap", data, configMap, mode);
    }
    if (secret !== undefined) {
      const found = this.sources.secret(namespace, secret.name ?? "");
      return keyed("secret", found && buffers(found.data, "base64"), secret, mode);
    }
    if (downwardAPI !== undefined) {
      return new Map((downwardAPI.items ?? []).map((item) => [item.path, this.downward(pod, item, mode)]));
    }
    if (serviceAccountToken !== undefined) {
      const token = await this.sources.token(pod, serviceAccountToken);
      return new Map([[serviceAccountToken.path, { content: Buffer.from(token), mode }]]);
    }
    throw new VolumeError("the embedded environment does not support volumes of this kind");
  }

  private downward(pod: V1Pod, item: V1DownwardAPIVolumeFile, mode: number): ProjectedFile {
    const from = item.resourceFieldRef;
    const container = pod.spec?.containers.find(({ name }) => name === from?.containerName);
    const text =
      from !== undefined && container !== undefined
        ? resourceField(container, from, this.sources.allocatable)
        : podField(pod, item.fieldRef?.fieldPath ?? "", this.sources);
    return { content: Buffer.from(text), mode: item.mode ?? mode };
  }
}

/** Creates a folder that all users may write to, and that belongs to the pod's group if there is one. */
async function writable(folder: string, group: number | undefined): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  if (group !== undefined) await fs.chown(folder, 0, group);
  await fs.chmod(folder, group === undefined ? 0o777 : 0o2777);
}

/** Refuses a path that leads out of its volume. */
function within(inside: string, volume: string): string {
  if (path.isAbsolute(inside) || inside.split("/").includes("..")) {
    throw new VolumeError(`subPath "${inside}" leads out of volume "${volume}"`);
  }
  return inside;
}

function keyed(
  kind: "configmap" | "secret",
  data: Record<string, Buffer> | undefined,
  { name = "", items = [], optional }: { name?: string; items?: V1KeyToPath[]; optional?: boolean },
  mode: number,
): Map<string, ProjectedFile> {
  if (data === undefined && optional !== true) throw new VolumeError(`${kind} "${name}" not found`);
  if (items.length === 0) {
    return new Map(Object.entries(data ?? {}).map(([key, content]) => [key, { content, mode }]));
  }
  const files = new Map<string, ProjectedFile>();
  for (const item of items) {
    const content = data?.[item.key];
    if (content !== undefined) files.set(item.path, { content, mode: item.mode ?? mode });
    else if (optional !== true) throw new VolumeError(`references non-existent ${kind} key: ${item.key}`);
  }
  return files;
}

function buffers(texts: Record<string, string> | undefined, encoding: "utf8" | "base64"): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(texts ?? {}).map(([key, text]) => [key, Buffer.from(text, encoding)]));
}
