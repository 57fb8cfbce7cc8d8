import { ChartSourceError, resolveChartSources } from "../../components/charts/chartSource";
import { allReleases } from "../../components/serving/modelReleases";
import type { EnvironmentConfig } from "../../stacks/config";
import { usedPins } from "../../stacks/usedPins";
import { type Check, failed } from "../../stacks/platforms/operations";
import { imageReference } from "../../components/charts/images";
import { ownerOf, type StackSettings } from "../common/stackSettings";
import { PROJECT_ROOT } from "../common/workspace";
import { operationsOf } from "../platformOperations";
import { chartCheck, crdCheck, imageCheck, IndexCache } from "./artifacts";
import { hubRepository, modelCheck, tokenCheck } from "./huggingFace";
import type { Web } from "./web";

/** All checks of a stack, in the order of the report: those of its platform, then those of every platform. */
export function selectChecks(settings: StackSettings, web: Web): Check[] {
  const { config, project, stack, token } = settings;
  const { checks } = operationsOf(config.platform);
  const repositories = allReleases(config)
    .map(({ model }) => hubRepository(model.uri))
    .filter((repository) => repository !== undefined);
  return [
    ...checks(config, ownerOf(project, stack)),
    tokenCheck(token, web),
    ...[...new Set(repositories)].map((repository) => modelCheck(repository, token, web)),
    ...artifactChecks(config, web),
  ];
}

/** A check for each chart, bundle of CRDs and image of the configuration. */
function artifactChecks(config: EnvironmentConfig, web: Web): Check[] {
  const { charts, crds, images } = usedPins(config);
  const indexes = new IndexCache(web);
  const named = Object.entries(images).map(([name, image]) => [name, imageReference(image)] as const);
  const own = allReleases(config).flatMap(({ model, weight }) =>
    model.image === undefined
      ? []
      : [[`model.${model.id ?? "default"}${weight === undefined ? "" : ".canary"}`, model.image] as const],
  );
  const imageChecks = [...named, ...own].map(([name, image]) => imageCheck(name, image, web));
  try {
    const sources = resolveChartSources({ charts, crds, ...config.charts, root: PROJECT_ROOT });
    const crdVersions: Readonly<Record<string, { version: string }>> = crds;
    return [
      ...Object.entries(sources.charts).map(([name, source]) => chartCheck(name, source, web, indexes)),
      ...Object.entries(sources.crds).map(([name, source]) =>
        crdCheck(name, source, crdVersions[name]?.version ?? "", web),
      ),
      ...imageChecks,
    ];
  } catch (error) {
    if (!(error instanceof ChartSourceError)) throw error;
    return [mirrorProblem(error), ...imageChecks];
  }
}

/** One check that lists everything that the mirror folder lacks. */
function mirrorProblem(error: ChartSourceError): Check<readonly string[]> {
  return {
    id: "charts.mirror",
    subject: "charts and CRDs",
    gather: () => Promise.resolve(error.problems),
    judge: (problems) =>
      failed(
        `${problems.length} missing: ${problems.join("; ")}`,
        "Add them to the folder, or correct llm-d:charts of this stack.",
      ),
  };
}
