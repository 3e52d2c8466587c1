import type { FamilySnapshot, SeriesSnapshot } from './view.ts';

/** A metrics page and its media type. */
export interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/**
 * The page for a scraper: OpenMetrics 1.0 when the `Accept` field names it with a weight, Prometheus text format 0.0.4
 * otherwise. The same numbers give the same text.
 */
export function metricsPage(families: readonly FamilySnapshot[], accept: string | undefined): MetricsPage {
  return wantsOpenMetrics(accept)
    ? {
        contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
        body: `${families.map((family) => familyText(family, true)).join('')}# EOF\n`,
      }
    : {
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        body: families.map((family) => familyText(family, false)).join(''),
      };
}

function wantsOpenMetrics(accept: string | undefined): boolean {
  const range = accept
    ?.toLowerCase()
    .split(',')
    .find((part) => part.trim().startsWith('application/openmetrics-text'));
  return range !== undefined && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range);
}

function familyText({ definition, series }: FamilySnapshot, openMetrics: boolean): string {
  const { name, kind, labelNames } = definition;
  const sample = kind === 'counter' ? `${name}_total` : name;
  // OpenMetrics describes the family, the older format the sample.
  const described = openMetrics ? name : sample;
  let text = `# HELP ${described} ${escapeHelp(definition.help, openMetrics)}\n# TYPE ${described} ${kind}\n`;
  for (const one of series) {
    const labels = labelNames.map((label, i) => `${label}="${escapeValue(one.values[i] ?? '')}"`).join(',');
    if (kind === 'histogram') text += histogramText(name, labels, definition.buckets, one);
    else text += `${sample}${labels === '' ? '' : `{${labels}}`} ${number(one.cells[0]!)}\n`;
  }
  return text;
}

function histogramText(name: string, labels: string, buckets: readonly number[], series: SeriesSnapshot): string {
  const prefix = labels === '' ? '' : `${labels},`;
  const own = labels === '' ? '' : `{${labels}}`;
  let text = '';
  let count = 0;
  for (let i = 0; i <= buckets.length; i++) {
    count += series.cells[i]!;
    const bound = i < buckets.length ? bucketBound(buckets[i]!) : '+Inf';
    text += `${name}_bucket{${prefix}le="${bound}"} ${number(count)}\n`;
  }
  return `${text}${name}_sum${own} ${number(series.cells[buckets.length + 1]!)}\n${name}_count${own} ${number(count)}\n`;
}

/** Bounds are floats in OpenMetrics, and Prometheus 3 normalises to that: `1` would be another series than `1.0`. */
function bucketBound(bound: number): string {
  return Number.isInteger(bound) && bound < 1e15 ? `${bound}.0` : String(bound);
}

function number(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escapeHelp(text: string, openMetrics: boolean): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return openMetrics ? escaped.replaceAll('"', '\\"') : escaped;
}

function escapeValue(text: string): string {
  return /[\\"\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;
}
