import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel, type LoadedModel } from '../source.ts';

async function load(functions: string, rest: string): Promise<LoadedModel> {
  const text = `config:\n  customFunctions: |\n${functions.replaceAll(/^/gm, '    ')}\n${rest}`;
  return await loadModel({ kind: 'inline', text, name: 'test.yaml', env: {} });
}

const replies = (condition: string): string => `gateways: { default: { port: 1 } }
routes:
- policies:
    directResponse:
      conditional:
      - condition: ${condition}
        status: 200
`;

test('expressions of every section may call custom functions, whose text the model holds', async () => {
  const log = `  metrics: { fields: { add: { env: environment() } } }
  logging: { filter: isInternal(), fields: { add: { env: environment() } } }
`;
  const functions = 'isInternal() { environment() == "internal" }\nenvironment() { request.headers["x-env"] }';
  const loaded = await load(functions, log + replies('isInternal() || response.code == 1'));
  assert.ok(!loaded.ok);
  assert.match(loaded.errors, /^test\.yaml:12:36: .*response/);
  assert.equal(loaded.errors.match(/test\.yaml:/g)?.length, 1);
  const good = await load(functions, log + replies('isInternal()'));
  assert.ok(good.ok, good.ok ? '' : good.errors);
  assert.equal(good.model.process.customFunctions, `${functions}\n`);
});

test('definitions that are wrong are shown where they stand, without the calls that they break', async () => {
  const loaded = await load('good() { 1 }\nbad() {\n  requst.path\n}', replies('bad() == good()'));
  assert.ok(!loaded.ok);
  assert.match(
    loaded.errors,
    /^test\.yaml:5:7: config\.customFunctions: unknown variable 'requst'; did you mean 'request'\?/,
  );
  assert.equal(loaded.errors.match(/test\.yaml:/g)?.length, 1);
});

test('other mistakes are reported together with wrong definitions', async () => {
  const loaded = await load('size() { 1 }', replies('request.pth == ""'));
  assert.ok(!loaded.ok);
  assert.match(loaded.errors, /test\.yaml:3:5: config\.customFunctions: .*name of a built-in function/);
  assert.match(loaded.errors, /pth/);
});

test('what a function cannot do where it is called is an error of the call', async () => {
  const loaded = await load('code() { response.code }', replies('code() == 200'));
  assert.ok(!loaded.ok);
  assert.match(loaded.errors, /routes\[0\].*in custom function 'code': unknown variable 'response'.*not in request/);
});

test('a text without definitions is as none', async () => {
  const loaded = await loadModel({ kind: 'inline', text: 'config: { customFunctions: "" }', name: 'x', env: {} });
  assert.ok(loaded.ok);
  assert.equal(loaded.model.process.customFunctions, undefined);
});
