/** A pod's volumes as folders of this machine. */
import * as fs from "node:fs/promises";
import * as path from "node:path";

import type {
  V1ConfigMap,
  V1Container,
  V1DownwardAPIVolumeFile,
  V1KeyToPath,
  V1Pod,
  V1Secret,
  V1ServiceAccountTokenProjection,
  V1Volume,
} from "@kubernetes/client-node";

import { podField, resourceField } from "./environment";
import { project, type ProjectedFile } from "./projection";
import type { SandboxMount } from "./runtime";

/** What volumes are made of. */
export interface VolumeSources {
  configMap(namespace: string, name: string): V1ConfigMap | undefined;
  secret(namespace: string, name: string): V1Secret | undefined;
  /** A token of the pod's service account. */
  token(pod: V1Pod, projection: V1ServiceAccountTokenProjection): Promise<string>;
  /** Folder of the volume that a claim is bound to, which stays when the pod goes; undefined for one that is bound to none. */
  claim(namespace: string, name: string): Promise<string | undefined>;
  podIP: string;
  hostIP: string;
  allocatable: { cpu: string; memory: string };
}

/** A volume cannot be made yet. */
export class VolumeError extends Error {}

/** Mode of files where the volume does not say (the API's default). */
const DEFAULT_MODE = 0o644;

/** The volumes of one pod, below a folder of its own. */
export class PodVolumes {
  /** Where the volumes are that are not below the pod's folder, by their names in the pod. */
  private readonly claimed = new Map<string, string>();

  constructor(
    private readonly folder: string,
    private readonly sources: VolumeSources,
  ) {}

  /** Makes every volume, or brings those that are there up to date. Throws VolumeError where something is missing. */
  async write(pod: V1Pod): Promise<void> {
    for (const volume of pod.spec?.volumes ?? []) {
      const group = pod.spec?.securityContext?.fsGroup;
      if (volume.emptyDir !== undefined) await writable(this.folderOf(volume.name), group);
      else if (volume.persistentVolumeClaim !== undefined) await this.claim(pod, volume, group);
      else await project(this.folderOf(volume.name), await this.filesOf(pod, volume), group);
    }
  }

  /** The folder of a claim's volume, and those in it that containers see a volume's part as. */
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

  /** Where the container sees which folder. */
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
    try {
      if (volume.projected !== undefined) {
        const files = new Map<string, ProjectedFile>();
        const mode = volume.projected.defaultMode ?? DEFAULT_MODE;
        for (const source of volume.projected.sources ?? []) {
          const part = await this.part(pod, { ...source, secretName: source.secret?.name }, mode);
          for (const [name, file] of part) files.set(name, file);
        }
        return files;
      }
      const mode = (volume.configMap ?? volume.secret ?? volume.downwardAPI)?.defaultMode ?? DEFAULT_MODE;
      return await this.part(pod, { ...volume, secretName: volume.secret?.secretName }, mode);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    }
  }

  private async part(
    pod: V1Pod,
    source: {
      configMap?: { name?: string; items?: V1KeyToPath[]; optional?: boolean };
      secret?: { items?: V1KeyToPath[]; optional?: boolean };
      secretName?: string;
      downwardAPI?: { items?: V1DownwardAPIVolumeFile[] };
      serviceAccountToken?: V1ServiceAccountTokenProjection;
    },
    mode: number,
  ): Promise<Map<string, ProjectedFile>> {
    const namespace = pod.metadata?.namespace ?? "";
    if (source.configMap !== undefined) {
      const name = source.configMap.name ?? "";
      return keyed("configmap", name, dataOf(this.sources.configMap(namespace, name)), source.configMap, mode);
    }
    if (source.secret !== undefined) {
      const name = source.secretName ?? "";
      return keyed("secret", name, secretOf(this.sources.secret(namespace, name)), source.secret, mode);
    }
    if (source.downwardAPI !== undefined) {
      return new Map((source.downwardAPI.items ?? []).map((item) => [item.path, this.downward(pod, item, mode)]));
    }
    if (source.serviceAccountToken !== undefined) {
      const token = await this.sources.token(pod, source.serviceAccountToken);
      return new Map([[source.serviceAccountToken.path, { content: Buffer.from(token), mode }]]);
    }
    throw new VolumeError("volumes of this kind are not made in the embedded environment");
  }

  private downward(pod: V1Pod, item: V1DownwardAPIVolumeFile, mode: number): ProjectedFile {
    const { podIP, hostIP, allocatable } = this.sources;
    const from = item.resourceFieldRef;
    const container = pod.spec?.containers.find(({ name }) => name === from?.containerName);
    const text =
      from !== undefined && container !== undefined
        ? resourceField(container, from.resource, from.divisor, allocatable)
        : podField(pod, item.fieldRef?.fieldPath ?? "", { podIP, hostIP });
    return { content: Buffer.from(text), mode: item.mode ?? mode };
  }
}

/** A folder that the pod's containers may write to, or those of its group where the pod says one. */
async function writable(folder: string, group: number | undefined): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  if (group !== undefined) await fs.chown(folder, 0, group);
  await fs.chmod(folder, group === undefined ? 0o777 : 0o2777);
}

/** A path inside of a volume, refused where it leads out of it. */
function within(inside: string, volume: string): string {
  if (path.isAbsolute(inside) || inside.split("/").includes("..")) {
    throw new VolumeError(`subPath "${inside}" leads out of volume "${volume}"`);
  }
  return inside;
}

function keyed(
  kind: string,
  name: string,
  data: Map<string, Buffer> | undefined,
  { items, optional }: { items?: V1KeyToPath[]; optional?: boolean },
  mode: number,
): Map<string, ProjectedFile> {
  if (data === undefined && optional !== true) throw new VolumeError(`${kind} "${name}" not found`);
  const files = new Map<string, ProjectedFile>();
  if (items === undefined || items.length === 0) {
    for (const [key, content] of data ?? []) files.set(key, { content, mode });
    return files;
  }
  for (const item of items) {
    const content = data?.get(item.key);
    if (content !== undefined) files.set(item.path, { content, mode: item.mode ?? mode });
    else if (optional !== true) throw new VolumeError(`references non-existent ${kind} key: ${item.key}`);
  }
  return files;
}

function dataOf(map: V1ConfigMap | undefined): Map<string, Buffer> | undefined {
  if (map === undefined) return undefined;
  return new Map([
    ...Object.entries(map.data ?? {}).map(([key, text]): [string, Buffer] => [key, Buffer.from(text)]),
    ...Object.entries(map.binaryData ?? {}).map(([key, text]): [string, Buffer] => [key, Buffer.from(text, "base64")]),
  ]);
}

function secretOf(secret: V1Secret | undefined): Map<string, Buffer> | undefined {
  if (secret === undefined) return undefined;
  return new Map(Object.entries(secret.data ?? {}).map(([key, text]) => [key, Buffer.from(text, "base64")]));
}
