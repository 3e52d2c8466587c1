import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessSettings } from '../model/process.ts';
import { banner } from './banner.ts';

const text = banner(
  '1.2.3',
  {
    addresses: ['127.0.0.1'],
    llmPort: 4000,
    mcpPort: 3000,
    providers: [{ kind: 'openAI', prefix: 'openai', keyVariable: 'OPENAI_API_KEY' }],
    servers: [{ name: 'memory', command: 'node', args: [], env: {} }],
  },
  { adminAddress: 'localhost:15000', statsAddress: ':15020', readinessAddress: '[::]:15021' } as ProcessSettings,
);

test('the banner names every URL as this machine reaches it', () => {
  for (const url of [
    'http://localhost:4000/v1',
    'http://localhost:3000/mcp',
    'http://localhost:15000\n',
    'http://localhost:15020/metrics',
    'http://localhost:15021/healthz/ready',
  ]) {
    assert.ok(text.includes(url), url);
  }
  assert.ok(text.includes('demo, openai/*'));
});

test('every request body in the banner is JSON', () => {
  const bodies = [...text.matchAll(/-d '(\{[^']*)'/g)].map(([, body]) => JSON.parse(body ?? '') as object);
  assert.equal(bodies.length, 4);
  assert.ok('stream' in (bodies[1] ?? {}));
});
