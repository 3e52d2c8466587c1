import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../net/http/headers.ts';
import { translateLimits } from './limit-fields.ts';

const now = Date.UTC(2026, 10, 23, 4, 0, 0);

test('limits of an Anthropic account are told to OpenAI clients, with the time until they reset', () => {
  const fields = new HeaderList([
    'anthropic-ratelimit-requests-limit',
    '50',
    'anthropic-ratelimit-tokens-remaining',
    '9000',
    'anthropic-ratelimit-tokens-reset',
    '2026-11-23T04:01:30Z',
    'anthropic-ratelimit-input-tokens-limit',
    '4000',
    'request-id',
    'r',
  ]);
  translateLimits(fields, 'anthropic', 'openai', now);
  assert.equal(fields.get('x-ratelimit-limit-requests'), '50');
  assert.equal(fields.get('x-ratelimit-remaining-tokens'), '9000');
  assert.equal(fields.get('x-ratelimit-reset-tokens'), '1m30s');
  assert.equal(fields.get('anthropic-ratelimit-tokens-reset'), undefined);
  assert.equal(fields.get('anthropic-ratelimit-input-tokens-limit'), '4000');
  assert.equal(fields.get('request-id'), 'r');
});

test('limits of an OpenAI account are told to Anthropic clients, with the date when they reset', () => {
  const resets = { '6m0s': '04:06:00', '1.5s': '04:00:01', '120ms': '04:00:00', '30': '04:00:30', '1h2m': '05:02:00' };
  for (const [text, time] of Object.entries(resets)) {
    const fields = new HeaderList(['x-ratelimit-reset-requests', text]);
    translateLimits(fields, 'openai', 'anthropic', now);
    assert.equal(fields.get('anthropic-ratelimit-requests-reset'), `2026-11-23T${time}Z`, text);
  }
});

test('a reset that is no time stays as it is, and one style needs no translation', () => {
  const fields = new HeaderList(['x-ratelimit-reset-requests', 'soon']);
  translateLimits(fields, 'openai', 'anthropic', now);
  translateLimits(fields, 'openai', 'openai', now);
  assert.deepEqual(fields.flat, ['x-ratelimit-reset-requests', 'soon']);
});
