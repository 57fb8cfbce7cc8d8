import type { ChartSource, CrdSource } from "../../components/charts/chartSource";
import { type Check, failed, passed, unknown, type Verdict } from "../../stacks/platforms/operations";
import { findInIndex } from "./chartIndex";
import { headManifest, type ManifestAnswer, type OciReference, parseImage, parseOciChart } from "./registry";
import { probe, type Web } from "./web";

/** What the source of a pinned chart, bundle or image answered. */
export type ArtifactEvidence =
  | { readonly at: "registry"; readonly reference: OciReference; readonly answer: ManifestAnswer }
  | { readonly at: "repository"; readonly index: { url: string; status: number }; readonly known?: boolean }
  | { readonly at: "url"; readonly url: string; readonly status: number }
  | { readonly at: "disk"; readonly path: string };

/** A repository's index may have tens of megabytes. */
const INDEX_TIMEOUT_MS = 60_000;

/** Downloads each repository's index once, for all charts of the repository. */
export class IndexCache {
  private readonly indexes = new Map<string, Promise<{ url: string; status: number; text: string }>>();

  constructor(private readonly web: Web) {}

  /** The index of a chart repository. */
  get(repository: string): Promise<{ url: string; status: number; text: string }> {
    const url = `${repository.replace(/\/+$/, "")}/index.yaml`;
    const running = this.indexes.get(url) ?? this.download(url);
    this.indexes.set(url, running);
    return running;
  }

  private async download(url: string): Promise<{ url: string; status: number; text: string }> {
    // Several checks share the download, so the time-out of one check must not end it.
    const response = await this.web(url, { signal: AbortSignal.timeout(INDEX_TIMEOUT_MS) });
    return { url, status: response.status, text: await response.text() };
  }
}

/** Whether a chart is where the program takes it from. */
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

/** Whether a bundle of CRDs is where the program takes it from. */
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

/** Whether an image is in the registry from which nodes pull it. */
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
  "Check llm-d:versions, llm-d:charts.overrides and llm-d:charts.mirror of this stack; docs/configuration.md describes them.";

/** Decides what the source's answer means. */
export function judgeArtifact(evidence: ArtifactEvidence): Verdict {
  switch (evidence.at) {
    case "disk":
      return passed(`there: ${evidence.path}`);
    case "url":
      return judgeStatus(evidence.status, evidence.url);
    case "repository": {
      const { index, known } = evidence;
      if (index.status !== 200) return judgeStatus(index.status, index.url);
      const missing = known === true ? "this version" : "this chart";
      return failed(`the repository's index does not have ${missing}: ${index.url}`, PIN_REMEDY);
    }
    case "registry": {
      const { host, repository, reference } = evidence.reference;
      const { wantsAccount, status, digest } = evidence.answer;
      if (wantsAccount === true) {
        return unknown(
          `${host} wants an account, and only anonymous access is tried`,
          `Log in and check by hand: docker manifest inspect ${host}/${repository}:${reference}`,
        );
      }
      if (status === 200) return passed(digest === undefined ? "there" : `there: ${digest}`);
      return judgeStatus(status, `${host}/${repository} ${reference}`);
    }
  }
}

function judgeStatus(status: number, where: string): Verdict {
  if (status >= 200 && status < 300) return passed("there");
  if (status === 404 || status === 410) return failed(`not there (${status}): ${where}`, PIN_REMEDY);
  if (status === 401 || status === 403) {
    return failed(
      `refused without an account (${status}): ${where}`,
      `It is private, or it does not exist. ${PIN_REMEDY}`,
    );
  }
  const why = status === 429 ? "too many requests from here" : `answer ${status}`;
  return unknown(`${why}: ${where}`, "Try again later.");
}
