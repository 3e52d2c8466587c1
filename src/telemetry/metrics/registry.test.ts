import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { MetricEvent } from './events.ts';
import { MetricRegistry } from './registry.ts';
import type { RegistryOptions } from './registry.ts';
import { MetricsView } from './view.ts';

function withView(options?: RegistryOptions): { registry: MetricRegistry; shown: () => Record<string, number[]> } {
  const registry = new MetricRegistry(options);
  const view = new MetricsView();
  registry.onSeries(view.source().accept);
  return { registry, shown: () => shown(view) };
}

/** `name{values}` → numbers. */
function shown(view: MetricsView): Record<string, number[]> {
  const all: Record<string, number[]> = {};
  for (const { definition, series } of view.snapshot()) {
    for (const one of series) all[`${definition.name}{${one.values.join()}}`] = [...one.cells];
  }
  return all;
}

test('equal label values share one series, looked up or bound', () => {
  const { registry, shown } = withView();
  const family = registry.counter('hits', 'Hits', ['bind', 'status']);
  family.with('80', '200').add();
  family.bind('80').with('200').add(2);
  family.bind('80', '200').with().add(3);
  assert.equal(family.bind('80').with('200'), family.with('80', '200'));
  assert.deepEqual(shown(), { 'agentgateway_hits{80,200}': [6] });
});

test('binding all labels before the first look-up does not hide the series', () => {
  const { registry, shown } = withView();
  const family = registry.counter('hits', 'Hits', ['bind']);
  const bound = family.bind('80');
  family.with('80').add();
  bound.with().add();
  assert.deepEqual(shown(), { 'agentgateway_hits{80}': [2] });
});

test('a counter never goes back', () => {
  const { registry, shown } = withView();
  const hits = registry.counter('hits', 'Hits', []).with();
  hits.add(2);
  hits.add(-1);
  hits.add(Number.NaN);
  assert.deepEqual(shown(), { 'agentgateway_hits{}': [2] });
});

test('a histogram counts a value in the first bucket that holds it', () => {
  const { registry, shown } = withView();
  const seconds = registry.histogram('seconds', 'Seconds', [], [1, 2]).with();
  for (const value of [0.5, 1, 1.5, 2.5, Number.NaN]) seconds.observe(value);
  assert.deepEqual(shown(), { 'agentgateway_seconds{}': [2, 1, 1, 5.5] });
});

test('the series beyond the bound are counted together', () => {
  const { registry, shown } = withView({ maxSeries: 2 });
  const family = registry.counter('hits', 'Hits', ['model', 'kind']);
  for (let i = 0; i < 50; i++) family.with(`m${i}`, 'x').add();
  family.with('m0', 'x').add();
  assert.deepEqual(shown(), {
    'agentgateway_hits{m0,x}': [2],
    'agentgateway_hits{m1,x}': [1],
    'agentgateway_hits{other,other}': [48],
    'agentgateway_metric_series_overflow{agentgateway_hits}': [48],
  });
});

test('label values are made printable: empty is unknown, long ones are cut, lone surrogates replaced', () => {
  const { registry, shown } = withView();
  const family = registry.counter('hits', 'Hits', ['model']);
  family.with('').add();
  family.with('\ud800').add();
  family.with('\ud800').add();
  family.with('x'.repeat(5000)).add();
  family.with('x'.repeat(6000)).add();
  assert.deepEqual(shown(), {
    'agentgateway_hits{unknown}': [1],
    'agentgateway_hits{\ufffd}': [2],
    [`agentgateway_hits{${'x'.repeat(199)}…}`]: [2],
  });
});

test('a removed metric takes updates and is not shown, in every spelling of its name', () => {
  for (const name of ['hits', 'hits_total', 'agentgateway_hits', 'agentgateway_hits_total']) {
    const { registry, shown } = withView({ remove: [name] });
    registry.counter('hits', 'Hits', ['a']).with('b').add();
    assert.deepEqual(shown(), {});
  }
});

test('mistakes of the programmer are refused', () => {
  const registry = new MetricRegistry();
  const family = registry.counter('hits', 'Hits', ['a']);
  assert.throws(() => family.with(), /got 0 label values for 1/);
  assert.throws(() => family.with('b', 'c'), /got 2 label values for 1/);
  assert.throws(() => family.bind('b', 'c'), /got 2 label values for 1/);
  assert.throws(() => registry.gauge('hits', 'Hits', []), /registered twice/);
  assert.throws(() => registry.gauge('x-y', '', []), /not a metric name/);
  assert.throws(() => registry.gauge('x', '', ['le']), /not a label name/);
  assert.throws(() => registry.gauge('x', '', ['a', 'a']), /occurs twice/);
  assert.throws(() => registry.histogram('x', '', [], [2, 1]), /ascending/);
});

test('series go on to further slabs', () => {
  const { registry, shown } = withView();
  const family = registry.histogram('seconds', 'Seconds', ['i'], [1, 2, 3]);
  for (let i = 0; i < 2000; i++) family.with(String(i)).observe(i);
  const all = shown();
  assert.equal(Object.keys(all).length, 2000);
  assert.deepEqual(all['agentgateway_seconds{1999}'], [0, 0, 0, 1, 1999]);
});

test('equal series of several threads add up; a thread that is gone leaves its counts and takes its gauges', () => {
  const view = new MetricsView();
  const threads = [0, 1, 2].map(() => {
    const registry = new MetricRegistry();
    const source = view.source();
    registry.onSeries(source.accept);
    return { source, hits: registry.counter('hits', 'Hits', ['a']), open: registry.gauge('open', 'Open', []) };
  });
  for (const [i, thread] of threads.entries()) {
    thread.hits.with('x').add(10 ** i);
    thread.open.with().set(10 ** i);
  }
  assert.deepEqual(shown(view), { 'agentgateway_hits{x}': [111], 'agentgateway_open{}': [111] });
  threads[1]!.source.retire();
  assert.deepEqual(shown(view), { 'agentgateway_hits{x}': [111], 'agentgateway_open{}': [101] });
  for (const thread of threads) thread.source.retire();
  assert.deepEqual(shown(view), { 'agentgateway_hits{x}': [111] });
});

test('events that arrive after a thread is gone still count', () => {
  const view = new MetricsView();
  const registry = new MetricRegistry();
  const events: MetricEvent[] = [];
  registry.onSeries((event) => events.push(event));
  registry.counter('hits', 'Hits', []).with().add(7);
  registry.gauge('open', 'Open', []).with().set(7);
  const source = view.source();
  source.retire();
  for (const event of events) source.accept(event);
  assert.deepEqual(shown(view), { 'agentgateway_hits{}': [7] });
});

test('threads that disagree on a metric are refused', () => {
  const view = new MetricsView();
  const [a, b] = [new MetricRegistry(), new MetricRegistry()];
  a.counter('hits', 'Hits', ['a']);
  b.counter('hits', 'Hits', ['b']);
  a.onSeries(view.source().accept);
  assert.throws(() => b.onSeries(view.source().accept), /disagree on metric agentgateway_hits/);
});

test('a real worker thread counts into memory that the main thread reads, also after its end', async () => {
  const registryUrl = new URL('./registry.ts', import.meta.url).href;
  const code = `
    import { parentPort } from 'node:worker_threads';
    import { MetricRegistry } from ${JSON.stringify(registryUrl)};
    const registry = new MetricRegistry();
    registry.onSeries((event) => parentPort.postMessage(event));
    const hits = registry.counter('hits', 'Hits', ['a']).with('x');
    for (let i = 0; i < 1000; i++) hits.add();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  const view = new MetricsView();
  const source = view.source();
  worker.on('message', source.accept);
  await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
  source.retire();
  assert.deepEqual(shown(view), { 'agentgateway_hits{x}': [1000] });
});
