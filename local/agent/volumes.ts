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
  constructor(
    private readonly folder: string,
    private readonly sources: VolumeSources,
  ) {}

  /** Makes every volume, or brings those that are there up to date. Throws VolumeError where something is missing. */
  async write(pod: V1Pod): Promise<void> {
    for (const volume of pod.spec?.volumes ?? []) {
      const folder = this.folderOf(volume.name);
      const group = pod.spec?.securityContext?.fsGroup;
      if (volume.emptyDir !== undefined) {
        await fs.mkdir(folder, { recursive: true });
        if (group !== undefined) await fs.chown(folder, 0, group);
        await fs.chmod(folder, group === undefined ? 0o777 : 0o2777);
        continue;
      }
      await project(folder, await this.filesOf(pod, volume), group);
    }
  }

  /** Where the container sees which folder. */
  mountsOf(container: V1Container, expand: (text: string) => string): SandboxMount[] {
    return (container.volumeMounts ?? []).map((mount) => {
      const inside = mount.subPathExpr === undefined ? (mount.subPath ?? "") : expand(mount.subPathExpr);
      if (path.isAbsolute(inside) || inside.split("/").includes("..")) {
        throw new VolumeError(`subPath "${inside}" leads out of volume "${mount.name}"`);
      }
      return {
        path: mount.mountPath,
        source: path.join(this.folderOf(mount.name), inside),
        readOnly: mount.readOnly ?? false,
      };
    });
  }

  private folderOf(name: string): string {
    return path.join(this.folder, name);
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
