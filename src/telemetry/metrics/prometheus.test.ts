import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsPage } from './prometheus.ts';
import { MetricRegistry } from './registry.ts';
import { MetricsView } from './view.ts';

function page(fill: (registry: MetricRegistry) => void, accept?: string): ReturnType<typeof metricsPage> {
  const registry = new MetricRegistry();
  fill(registry);
  const view = new MetricsView();
  registry.onSeries(view.source().accept);
  return metricsPage(view.snapshot(), accept);
}

function fill(registry: MetricRegistry): void {
  registry.gauge('up', 'Up\nor "down" \\', []).with().set(-Infinity);
  const hits = registry.counter('hits', 'Hits', ['a', 'b']);
  hits.with('y', '1').add(2);
  hits.with('x', 'q"\\\n}').add(1.5);
  registry.histogram('seconds', 'Seconds', ['a'], [0.5, 1]).with('x').observe(0.75);
  registry.histogram('bare', 'Bare', [], [1]).with().observe(9);
}

test('the text format 0.0.4, ordered by name and label values, with its escapes', () => {
  const { contentType, body } = page(fill);
  assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(
    body,
    String.raw`# HELP agentgateway_bare Bare
# TYPE agentgateway_bare histogram
agentgateway_bare_bucket{le="1.0"} 0
agentgateway_bare_bucket{le="+Inf"} 1
agentgateway_bare_sum 9
agentgateway_bare_count 1
# HELP agentgateway_hits_total Hits
# TYPE agentgateway_hits_total counter
agentgateway_hits_total{a="x",b="q\"\\\n}"} 1.5
agentgateway_hits_total{a="y",b="1"} 2
# HELP agentgateway_seconds Seconds
# TYPE agentgateway_seconds histogram
agentgateway_seconds_bucket{a="x",le="0.5"} 0
agentgateway_seconds_bucket{a="x",le="1.0"} 1
agentgateway_seconds_bucket{a="x",le="+Inf"} 1
agentgateway_seconds_sum{a="x"} 0.75
agentgateway_seconds_count{a="x"} 1
# HELP agentgateway_up Up\nor "down" \\
# TYPE agentgateway_up gauge
agentgateway_up -Inf
`,
  );
});

test('OpenMetrics for those who ask for it', () => {
  const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3';
  const { contentType, body } = page(fill, accept);
  assert.equal(contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.match(body, /# HELP agentgateway_hits Hits\n# TYPE agentgateway_hits counter\nagentgateway_hits_total\{/);
  assert.match(body, /# HELP agentgateway_up Up\\nor \\"down\\" \\\\\n/);
  assert.ok(body.endsWith('\n# EOF\n'));
});

test('OpenMetrics with weight 0 is a refusal', () => {
  const { contentType } = page(fill, 'application/openmetrics-text;q=0, */*');
  assert.match(contentType, /^text\/plain/);
});
