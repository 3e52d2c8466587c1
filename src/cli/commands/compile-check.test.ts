import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../config/source.ts';
import { CliError } from '../cli-error.ts';
import { checkCompiles } from './compile-check.ts';
import { run } from './run.ts';

async function check(text: string): Promise<void> {
  const loaded = await loadModel({ kind: 'inline', text, name: 'test', env: {} });
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
  checkCompiles(loaded.model);
}

const oneRoute = (policies: string): string => `gateways: { default: { port: 1 } }
routes: [{ policies: ${policies}, backends: [{ host: "a.test:80" }] }]`;

test('what loads but cannot be served is found without serving it', async () => {
  await check(oneRoute('{ requestHeaderModifier: { set: { x-name: "value" } } }'));
  await assert.rejects(check(oneRoute('{ requestHeaderModifier: { set: { x-name: "a\\nb" } } }')), /value of x-name/);
});

test('--validate-only refuses it as a mistake of the configuration', async () => {
  const inline = oneRoute('{ requestHeaderModifier: { set: { x-name: "a\\nb" } } }');
  await assert.rejects(run({ command: 'run', inline, validateOnly: true }), (error: unknown) => {
    assert.ok(error instanceof CliError);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /^--config: cannot be served: .*x-name/);
    return true;
  });
});

test('TLS settings that only OpenSSL can judge are given to it', async () => {
  const folder = join(import.meta.dirname, '../../net/testing/testdata');
  const text = `gateways:
  default: { port: 1, protocol: HTTPS, tls: { cert: ${folder}/local.pem, key: ${folder}/local.key } }`;
  const loaded = await loadModel({ kind: 'inline', text, name: 'test', env: {} });
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
  checkCompiles(loaded.model);
  const binds = loaded.model.binds.map((bind) => ({
    ...bind,
    listeners: bind.listeners.map((listener) => {
      assert.ok(listener.tls !== undefined);
      return { ...listener, tls: { ...listener.tls, cipherSuites: ['no-such-cipher'] } };
    }),
  }));
  assert.throws(() => checkCompiles({ ...loaded.model, binds }), /cipher/);
});

test('the examples compile, whatever kinds of backends they have', async () => {
  const examples = join(import.meta.dirname, '../../../examples');
  const entries = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  // Some need certificates, which a script makes.
  const names = entries.map(({ name }) => name).filter((name) => !existsSync(join(examples, name, 'generate.sh')));
  assert.ok(names.length >= 6);
  for (const name of names) {
    const path = join(examples, name, 'config.yaml');
    const loaded = await loadModel({ kind: 'file', path, env: { OPENAI_API_KEY: 'sk-test' } });
    assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
    checkCompiles(loaded.model);
  }
});
