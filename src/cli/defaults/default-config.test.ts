import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { parseConfig } from '../../config/load/parse-config.ts';
import { defaultConfig } from './default-config.ts';
import { keyedProviders, lookAround } from './offer.ts';

test('the embedded configuration passes the ordinary loader without a remark', async () => {
  const offer = await lookAround({}, '/tmp/a $HOME folder');
  const parsed = parseConfig(defaultConfig(offer), { fileName: 'defaults', env: {} });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(parsed.warnings, []);
  const { gateways, llm, mcp } = parsed.config;
  assert.deepEqual(
    Object.values(gateways).map(({ port, allowedHosts }) => [port, allowedHosts]),
    [
      [4000, 'loopback'],
      [3000, 'loopback'],
    ],
  );
  assert.equal(llm?.models[0]?.name, 'demo');
  assert.deepEqual(mcp?.targets[1]?.stdio?.env, { MEMORY_FILE_PATH: '/tmp/a $HOME folder/memory.jsonl' });
});

test('the MCP servers are the installed ones, run by the running Node', async () => {
  const { servers } = await lookAround({}, '/tmp');
  assert.deepEqual(
    servers.map(({ name, command, args }) => [name, command, args.map((file) => existsSync(file))]),
    [
      ['everything', process.execPath, [true]],
      ['memory', process.execPath, [true]],
    ],
  );
});

test('only loopback addresses are listened on', async () => {
  const { addresses } = await lookAround({}, '/tmp');
  assert.ok(addresses.includes('127.0.0.1'));
  assert.ok(addresses.every((address) => address === '127.0.0.1' || address === '::1'));
});

test('every provider key in the environment offers that provider, empty ones do not', () => {
  const azure = { AZURE_OPENAI_API_KEY: 'needs the name of a resource, too' };
  const env = { OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b', GROQ_API_KEY: '', ...azure, PATH: '/bin' };
  assert.deepEqual(keyedProviders(env), [
    { kind: 'openAI', prefix: 'openai', keyVariable: 'OPENAI_API_KEY' },
    { kind: 'anthropic', prefix: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY' },
  ]);
});

test('offered providers are models by prefix, their keys named and not written', async () => {
  const offer = { ...(await lookAround({}, '/tmp')), providers: keyedProviders({ OPENAI_API_KEY: 'sk-secret' }) };
  const text = defaultConfig(offer);
  assert.ok(!text.includes('sk-secret'));
  const parsed = parseConfig(text, { fileName: 'defaults', env: { OPENAI_API_KEY: 'sk-secret' } });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const model = parsed.config.llm?.models[1];
  assert.equal(model?.name, 'openai/*');
  assert.deepEqual(model?.transformation, { model: 'llmRequest.model.stripPrefix("openai/")' });
});
