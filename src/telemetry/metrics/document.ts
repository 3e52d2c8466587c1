import { metricTable } from './names.ts';
import type { MetricRow } from './names.ts';
import { metricPrefix } from './registry.ts';

/** The reference page of all metrics, in Markdown, from the table that registers them. */
export function metricsDocument(): string {
  const rows = Object.values(metricTable).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return `# Metrics

Prometheus text or OpenMetrics (by the \`Accept\` field) at \`/metrics\` on the stats address, \`:15020\` by default.
A label whose value is not known is \`unknown\`. Labels marked * are followed by those of \`config.metrics.fields.add\`;
\`config.metrics.remove\` takes metrics away. A metric has at most 10,000 label sets in each worker; what goes beyond is
counted under the label value \`other\`, and in \`${metricPrefix}metric_series_overflow_total{metric}\`.

| Metric | Type | Meaning | Labels |
|---|---|---|---|
${rows.map(rowText).join('\n')}

## Buckets

| Histogram | Upper bounds |
|---|---|
${rows
  .filter((row) => row.buckets !== undefined)
  .map((row) => `| \`${metricPrefix}${row.name}\` | ${row.buckets?.join(', ')} |`)
  .join('\n')}
`;
}

function rowText(row: MetricRow): string {
  const name = `\`${metricPrefix}${row.name}${row.kind === 'counter' ? '_total' : ''}\``;
  const labels = row.labels.map((label) => `\`${label}\``).join(', ') + (row.custom === true ? ' *' : '');
  return `| ${name} | ${row.kind} | ${row.help} | ${labels} |`;
}
