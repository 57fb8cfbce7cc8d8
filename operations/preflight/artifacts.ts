import type { ChartSource, CrdSource } from "../../components/charts/chartSource";
import type { Check, Verdict } from "../../stacks/platforms/operations";
import { findInIndex } from "./chartIndex";
import { headManifest, type ManifestAnswer, type OciReference, parseImage, parseOciChart } from "./registry";
import { probe, type Web } from "./web";

/** What a pinned thing's source said about it. */
export type ArtifactEvidence =
  | { readonly at: "registry"; readonly reference: OciReference; readonly answer: ManifestAnswer }
  | { readonly at: "repository"; readonly index: { url: string; status: number }; readonly known?: boolean }
  | { readonly at: "url"; readonly url: string; readonly status: number }
  | { readonly at: "disk"; readonly path: string };

/** A repository's index may have tens of megabytes. */
const INDEX_TIMEOUT_MS = 60_000;

/** Downloads each index once, however many charts are looked up in it. */
export class IndexCache {
  private readonly indexes = new Map<string, Promise<{ url: string; status: number; text: string }>>();

  constructor(private readonly web: Web) {}

  get(repository: string): Promise<{ url: string; status: number; text: string }> {
    const url = `${repository.replace(/\/+$/, "")}/index.yaml`;
    const running = this.indexes.get(url) ?? this.download(url);
    this.indexes.set(url, running);
    return running;
  }

  private async download(url: string): Promise<{ url: string; status: number; text: string }> {
    // A signal of its own: the time-out of whichever check came first must not end it for the others.
    const response = await this.web(url, { signal: AbortSignal.timeout(INDEX_TIMEOUT_MS) });
    return { url, status: response.status, text: await response.text() };
  }
}

/** The chart, wherever the program would take it from. */
export function chartCheck(name: string, source: ChartSource, web: Web, indexes: IndexCache): Check<ArtifactEvidence> {
  return {
    id: `chart.${name}`,
    subject: `chart ${name} ${source.version}`,
    timeoutMs: INDEX_TIMEOUT_MS,
    async gather(signal) {
      if (source.chart.startsWith("oci://"))
        return registryEvidence(web, parseOciChart(source.chart, source.version), signal);
      if (source.repository === undefined) return { at: "disk", path: source.chart };
      const { text, ...index } = await indexes.get(source.repository);
      if (index.status !== 200) return { at: "repository", index };
      const { known, url } = findInIndex(text, source.repository, source.chart, source.version);
      if (url === undefined) return { at: "repository", index, known };
      if (url.startsWith("oci://")) {
        return registryEvidence(web, parseOciChart(url.replace(/:[^/:]*$/, ""), source.version), signal);
      }
      return { at: "url", url, status: await probe(web, url, signal) };
    },
    judge: judgeArtifact,
  };
}

/** A bundle of CRDs. */
export function crdCheck(name: string, source: CrdSource, version: string, web: Web): Check<ArtifactEvidence> {
  return {
    id: `crds.${name}`,
    subject: `CRDs ${name} ${version}`,
    async gather(signal) {
      if ("url" in source) return { at: "url", url: source.url, status: await probe(web, source.url, signal) };
      if ("files" in source) return { at: "disk", path: source.files.join(", ") };
      return registryEvidence(web, parseOciChart(source.chart, source.version), signal);
    },
    judge: judgeArtifact,
  };
}

/** An image, at the registry that nodes would pull it from. */
export function imageCheck(name: string, image: string, web: Web): Check<ArtifactEvidence> {
  return {
    id: `image.${name}`,
    subject: `image ${image}`,
    gather: (signal) => registryEvidence(web, parseImage(image), signal),
    judge: judgeArtifact,
  };
}

async function registryEvidence(web: Web, reference: OciReference, signal: AbortSignal): Promise<ArtifactEvidence> {
  return { at: "registry", reference, answer: await headManifest(web, reference, signal) };
}

const PIN_REMEDY =
  "Look at llm-d:versions, llm-d:charts.overrides and llm-d:charts.mirror of this stack; docs/configuration.md describes them.";

/** Decides what the source's answer means. */
export function judgeArtifact(evidence: ArtifactEvidence): Verdict {
  switch (evidence.at) {
    case "disk":
      return { status: "passed", detail: `there: ${evidence.path}` };
    case "url":
      return judgeStatus(evidence.status, evidence.url);
    case "repository": {
      const { index, known } = evidence;
      if (index.status !== 200) return judgeStatus(index.status, index.url);
      const what =
        known === true
          ? "the repository's index does not have this version"
          : "the repository's index does not have this chart";
      return { status: "failed", detail: `${what}: ${index.url}`, remedy: PIN_REMEDY };
    }
    case "registry": {
      const { reference, answer } = evidence;
      const where = `${reference.host}/${reference.repository} ${reference.reference}`;
      if (answer.wantsAccount === true) {
        return {
          status: "unknown",
          detail: `could not be checked: ${reference.host} wants an account, and only anonymous access is tried`,
          remedy: `Check by hand, logged in: docker manifest inspect ${reference.host}/${reference.repository}:${reference.reference}`,
        };
      }
      if (answer.status === 200)
        return { status: "passed", detail: `there${answer.digest === undefined ? "" : `: ${answer.digest}`}` };
      return judgeStatus(answer.status, where);
    }
  }
}

function judgeStatus(status: number, where: string): Verdict {
  if (status >= 200 && status < 300) return { status: "passed", detail: "there" };
  if (status === 404 || status === 410)
    return { status: "failed", detail: `not there (${status}): ${where}`, remedy: PIN_REMEDY };
  if (status === 401 || status === 403) {
    return {
      status: "failed",
      detail: `refused without an account (${status}): ${where}`,
      remedy: `It is private, or it does not exist. ${PIN_REMEDY}`,
    };
  }
  const why = status === 429 ? "too many requests from here" : `answer ${status}`;
  return { status: "unknown", detail: `could not be checked: ${why}: ${where}`, remedy: "Repeat later." };
}
