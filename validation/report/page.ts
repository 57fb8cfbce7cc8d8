import type { ModelResult, ValidationResult } from "../result";
import { milliseconds, percent } from "../statistics";
import { hitRateChart, loadChart, ttftChart } from "./charts";
import { modelRows } from "./terminal";

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.2rem; margin: 2.2rem 0 0.6rem } h3 { font-size: 1rem; margin: 0 0 0.4rem }
.when { color: #666; margin: 0.2rem 0 0 }
.verdict { padding: 0.1rem 0.6rem; border-radius: 0.3rem; color: #fff; font-size: 0.85em }
.passed { background: #1a7f37 } .failed { background: #b42318 }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0 }
.figure { border: 1px solid #ddd; border-radius: 0.4rem; padding: 0.6rem 1rem; min-width: 10rem }
.figure b { display: block; font-size: 1.6rem } .figure span { color: #666; font-size: 0.85em }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem } .chart svg { max-width: 100% }
table { border-collapse: collapse; margin: 1rem 0 } td, th { text-align: left; padding: 0.25rem 1.2rem 0.25rem 0; border-bottom: 1px solid #eee }
.failure { border-left: 4px solid #b42318; background: #fef3f2; padding: 0.5rem 1rem; margin: 0.6rem 0 } .note { color: #555 }
`;

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

/** The outcome as one HTML page that needs no script, no other file and no network. */
export function renderPage(result: ValidationResult): string {
  const { workload, rounds, concurrency } = result;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Cache-hit validation</title><style>${STYLE}</style></head>
<body>
<h1>Cache-hit validation <span class="verdict ${result.verdict}">${result.verdict}</span></h1>
<p class="when">${escape(result.startedAt)}, ${result.seconds.toFixed(0)} s. ${rounds} alternating rounds, each of ${workload.groups} shared prefixes of
${workload.prefixTokens} tokens, ${workload.sessionsPerGroup} sessions each of ${workload.turns} turns; ${concurrency} sessions at once.
Both arms use the same replicas, different prompts and no session headers.</p>
${result.models.map((model) => section(model, result)).join("\n")}
</body>
</html>
`;
}

function section(model: ModelResult, result: ValidationResult): string {
  const { gateway } = model;
  const { thresholds } = result;
  const figure = (value: string, what: string): string =>
    `<div class="figure"><b>${value}</b><span>${what}</span></div>`;
  const chart = (title: string, svg: string): string => `<div class="chart"><h3>${title}</h3>${svg}</div>`;
  const [head = [], ...rows] = modelRows(model, result);
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${[0, 1, 2, 3].map((column) => `<${tag}>${escape(row[column] ?? "")}</${tag}>`).join("")}</tr>`;
  return `<h2>${escape(model.model.name)} <span class="verdict ${model.verdict}">${model.verdict}</span></h2>
${model.failures.map((failure) => `<div class="failure">${escape(failure)}.</div>`).join("\n")}
${model.diagnoses.map(({ cause, seen, remedy }) => `<div class="failure"><b>${cause}</b>: ${escape(seen)}<br>${escape(remedy)}</div>`).join("\n")}
<div class="figures">
${figure(percent(gateway.hitRate), `of prompt tokens from cache (required: ${percent(thresholds.minHitRate)})`)}
${figure(percent(model.gain).replace("%", "points"), "more than round robin to the same replicas")}
${figure(percent(gateway.ttftImprovement), `lower TTFT with a cached prefix (required: ${percent(thresholds.minTtftImprovement)})`)}
${figure(`${milliseconds(gateway.ttftWarm.p50)}`, `TTFT warm, ${milliseconds(gateway.ttftCold.p50)} cold (p50)`)}
</div>
<div class="charts">
${chart("Time to first token", ttftChart(model))}
${chart("Hit rate over time; each round starts with cold prefixes", hitRateChart(model, result))}
${chart("Requests by replica", loadChart(model))}
</div>
<table><thead>${cells(head, "th")}</thead><tbody>${rows.map((row) => cells(row, "td")).join("")}</tbody></table>
${model.notes.map((note) => `<p class="note">${escape(note)}</p>`).join("\n")}`;
}
