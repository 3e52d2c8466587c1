import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Model } from '../model/model.ts';
import { loadModel, type LoadedModel } from './source.ts';

const testdata = resolve(import.meta.dirname, 'testdata');
const examples = resolve(import.meta.dirname, '../../examples');
const certificates = join(import.meta.dirname, '../net/testing/testdata');
const env = { WORKER_THREADS: '2', OPENAI_API_KEY: 'sk-environment' };

/** Compares with the expectation in `file`, or writes it when UPDATE_GOLDENS is set. */
function golden(file: string, actual: string): void {
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, actual);
  assert.ok(existsSync(file), `${file} is missing; write it with UPDATE_GOLDENS=1`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

async function inline(text: string, folder = testdata): Promise<LoadedModel> {
  return await loadModel({ kind: 'inline', text, name: 'test.yaml', folder, env });
}

async function modelOf(text: string): Promise<Model> {
  const loaded = await inline(text);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
  return loaded.model;
}

const plain = await modelOf('gateways: { default: { port: 1 } }');

/** A model as readable JSON: defaults left out, PEM texts shortened. */
function show(loaded: Extract<LoadedModel, { ok: true }>, file: string): string {
  const { model } = loaded;
  const shown = {
    ...(isDeepStrictEqual(model.process, plain.process) ? {} : { process: model.process }),
    binds: model.binds.map(({ frontend, ...bind }) =>
      isDeepStrictEqual(frontend, plain.binds[0]?.frontend) ? bind : { ...bind, frontend },
    ),
    backends: model.backends,
    warnings: loaded.warnings.map((warning) => warning.replaceAll(file, 'in.yaml').split('\n')[0]),
  };
  const text = JSON.stringify(
    shown,
    (_key, value: unknown) => {
      if (value instanceof Map) return Object.fromEntries(value);
      if (value instanceof Uint8Array) return `bytes: ${Buffer.from(value).toString()}`;
      if (
        typeof value === 'object' &&
        value !== null &&
        'type' in value &&
        value.type === 'Buffer' &&
        'data' in value
      ) {
        return `bytes: ${Buffer.from(value.data as number[]).toString()}`;
      }
      if (typeof value === 'string' && value.startsWith('-----BEGIN')) return value.slice(0, value.indexOf('\n'));
      return value;
    },
    2,
  );
  return `${text.replaceAll(testdata, '<testdata>')}\n`;
}

suite('configurations become models', () => {
  for (const name of readdirSync(join(testdata, 'models'))) {
    test(name, async () => {
      const path = join(testdata, 'models', name, 'in.yaml');
      const loaded = await loadModel({ kind: 'file', path, env });
      assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
      golden(join(testdata, 'models', name, 'out.json'), show(loaded, path));
      assert.doesNotThrow(() => structuredClone(loaded.model));
    });
  }
});

suite('mistakes are all reported at their places', () => {
  for (const name of readdirSync(join(testdata, 'errors'))) {
    test(name, async () => {
      const path = join(testdata, 'errors', name, 'in.yaml');
      const loaded = await loadModel({ kind: 'file', path, env });
      assert.ok(!loaded.ok);
      const text = loaded.errors.replaceAll(path, 'in.yaml').replaceAll(testdata, '<testdata>');
      golden(join(testdata, 'errors', name, 'out.txt'), `${text}\n`);
    });
  }
});

const listener = ['/certs/ca.pem', '/certs/server-key.pem', '/certs/server.pem', '/config.yaml'];

/** What the examples with a script read. */
const filesOf: Readonly<Record<string, readonly string[]>> = {
  https: listener,
  tcp: listener,
  'backend-tokens': ['/certs/signing-key.pem', '/config.yaml'],
};

suite('the examples', () => {
  const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'config.yaml')));
  const scripted = names.filter((name) => existsSync(join(examples, name, 'generate.sh')));
  for (const name of names.filter((candidate) => !scripted.includes(candidate))) {
    test(`${name} is valid without a remark`, async () => {
      const loaded = await loadModel({ kind: 'file', path: join(examples, name, 'config.yaml'), env });
      assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
      assert.deepEqual(loaded.warnings, []);
    });
  }

  for (const name of scripted) {
    test(`${name} is valid with certificates in the places that its script fills`, async () => {
      const folder = mkdtempSync(join(tmpdir(), `waygate-${name}-`));
      try {
        writeFileSync(join(folder, 'config.yaml'), readFileSync(join(examples, name, 'config.yaml')));
        mkdirSync(join(folder, 'certs'));
        const made = {
          'ca.pem': 'ca.pem',
          'server.pem': 'local.pem',
          'server-key.pem': 'local.key',
          'signing-key.pem': 'local.key',
        };
        for (const [to, from] of Object.entries(made)) {
          writeFileSync(join(folder, 'certs', to), readFileSync(join(certificates, from)));
        }
        const loaded = await loadModel({ kind: 'file', path: join(folder, 'config.yaml'), env });
        assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
        assert.deepEqual(loaded.warnings, []);
        const read = loaded.files.map((file) => file.slice(folder.length)).toSorted();
        assert.deepEqual(read, filesOf[name], 'each is watched');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

test('a file that cannot be read is an error, and is watched all the same', async () => {
  const path = join(testdata, 'none.yaml');
  const loaded = await loadModel({ kind: 'file', path, env });
  assert.ok(!loaded.ok);
  assert.match(loaded.errors, /none\.yaml: cannot be read: there is no such file$/);
  assert.deepEqual(loaded.files, [path]);
});

test('a configuration that serves nothing says so', async () => {
  const nothing = /: nothing is served: there are no gateways, binds, llm or mcp$/;
  for (const [text, blank] of [
    ['# only this\n', true],
    ['gateways: {}', false],
  ] as const) {
    const loaded = await inline(text);
    assert.ok(loaded.ok);
    assert.equal(loaded.blank, blank);
    assert.match(loaded.warnings.join(), nothing);
  }
});

test('an authorization of a gateway that its listener replaces is warned about', async () => {
  const warnings = async (more: string): Promise<string> => {
    const loaded = await inline(`
gateways:
  default:
    port: 1
    listeners: [{ name: own, hostname: own.test, authorization: { rules: ['true'] } }, { name: other }]
    ${more}
routes: [{ gateways: default, policies: { directResponse: { status: 200 } } }]`);
    assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
    return loaded.warnings.join('\n');
  };
  const replaced = await warnings(`authorization: { rules: ['true'] }`);
  assert.match(replaced, /listeners\[0\]: before a route is looked for the most specific authorization stands alone/);
  assert.doesNotMatch(replaced, /listeners\[1\]/);
  assert.equal(await warnings(''), '');
  const attached = `
policies:
- name: { name: p, namespace: d }
  target: { gateway: { gatewayName: default, gatewayNamespace: default } }
  policy: { authorization: { rules: ['true'] } }`;
  assert.equal(await warnings(attached), '');
  assert.match(await warnings(`${attached}\n  phase: gateway`), /listeners\[0\]: .*stands alone/);
});

test('a folder or a file of absurd size is no configuration, and says so at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-source-'));
  try {
    const large = join(folder, 'large.yaml');
    writeFileSync(large, '');
    truncateSync(large, 17 * 1024 * 1024);
    const errors = async (path: string): Promise<string> => {
      const loaded = await loadModel({ kind: 'file', path, env });
      return loaded.ok ? '' : loaded.errors;
    };
    assert.equal(await errors(folder), `${folder}: cannot be read: it is a folder`);
    assert.match(await errors(large), /cannot be read: it has 17825792 bytes, and a configuration may have 16777216$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('files that a refused configuration names are watched, missing ones too', async () => {
  const loaded = await inline('gateways: { default: { port: 1, tls: { cert: none.pem, key: certs/server-key.pem } } }');
  assert.ok(!loaded.ok);
  assert.deepEqual(loaded.files, [join(testdata, 'none.pem'), join(testdata, 'certs/server-key.pem')]);
});

test('an unchanged item keeps its keys when others come and go', async () => {
  const route = (name: string): string => `- { name: ${name}, backends: [{ host: "up.test:80" }] }`;
  const keys = async (text: string): Promise<unknown> =>
    (await modelOf(text)).binds
      .flatMap((bind) =>
        bind.listeners.flatMap((listener) => listener.routes.map((r) => [bind.key, listener.key, r.key])),
      )
      .find(([, , key]) => String(key).endsWith('/b'));
  const one = await keys(`gateways: { default: { port: 1 } }\nroutes:\n${route('a')}\n${route('b')}`);
  const two = await keys(
    `gateways: { first: { port: 2 }, default: { port: 1 } }\nroutes:\n${route('b')}\n${route('c')}`,
  );
  assert.deepEqual(one, ['bind/1', 'gateway/default', 'gateway/default/default/b']);
  assert.deepEqual(two, one);
});

test('the environment comes before the file for settings of the process', async () => {
  const loaded = await loadModel({
    kind: 'inline',
    name: 'test.yaml',
    text: 'config: { adminAddr: "localhost:1", connectionTerminationDeadline: 1s, enableIpv6: true }',
    env: {
      ADMIN_ADDR: '0.0.0.0:2',
      STATS_ADDR: ':3',
      READINESS_ADDR: '4',
      WORKER_THREADS: '1',
      SESSION_KEY: 'ab'.repeat(32),
      CONNECTION_TERMINATION_DEADLINE: '2s',
      CONNECTION_MIN_TERMINATION_DEADLINE: '1s',
      IPV6_ENABLED: 'false',
    },
  });
  assert.ok(loaded.ok);
  const { process: settings } = loaded.model;
  assert.deepEqual(
    [settings.adminAddress, settings.statsAddress, settings.readinessAddress, settings.workers, settings.sessionKey],
    ['localhost:2', ':3', ':4', 1, 'ab'.repeat(32)],
  );
  assert.deepEqual([settings.drainDeadlineMs, settings.drainMinimumMs, settings.dns.family], [2000, 1000, 'v4-only']);
  assert.match(loaded.warnings.join('\n'), /the admin API listens on loopback addresses only/);
});

test('without a deadline of its own the process stops a little before Kubernetes ends it', async () => {
  const loaded = await loadModel({
    kind: 'inline',
    name: 't',
    text: '',
    env: { TERMINATION_GRACE_PERIOD_SECONDS: '30' },
  });
  assert.ok(loaded.ok);
  assert.equal(loaded.model.process.drainDeadlineMs, 25_000);
});

test('an error in an expression over several lines is at its own line', async () => {
  const loaded = await inline(
    ['gateways: { default: { port: 1 } }', 'routes:', '- policies:', '    delay:', '      duration: |-'].join('\n') +
      '\n        true\n        ? 1 : nobody\n',
  );
  assert.ok(!loaded.ok);
  assert.match(loaded.errors, /^test\.yaml:7:15: routes\[0\]\.policies\.delay\.duration: unknown variable 'nobody'/);
});

test('an error in an expression that a variable holds is at the place of the variable', async () => {
  const loaded = await loadModel({
    kind: 'inline',
    name: 'test.yaml',
    text: 'frontendPolicies: { accessLog: { filter: $FILTER } }',
    env: { FILTER: 'request.nothing' },
  });
  assert.ok(!loaded.ok);
  assert.match(loaded.errors, /^test\.yaml:1:42: frontendPolicies\.accessLog\.filter: 'request' has no field/);
});

test('a file is looked for beside the configuration, and then in the working directory', async () => {
  const tls = (folder: string): string =>
    `gateways: { default: { port: 1, tls: { cert: ${folder}server.pem, key: ${folder}server-key.pem } } }`;
  const beside = await inline(tls('certs/'));
  assert.deepEqual(beside.files, [join(testdata, 'certs/server.pem'), join(testdata, 'certs/server-key.pem')]);
  const elsewhere = mkdtempSync(join(tmpdir(), 'waygate-elsewhere-'));
  try {
    const loaded = await inline(tls(`${relative(process.cwd(), join(testdata, 'certs'))}/`), elsewhere);
    assert.deepEqual(loaded.files, beside.files);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

test('a custom provider is never taken for the one that answers inside the gateway', async () => {
  const model = await modelOf(`llm:
  models:
  - name: a
    provider: { custom: { formats: [{ type: completions }], providerOverride: demo } }
    params: { baseUrl: "http://up.test" }`);
  const backend = model.binds[0]?.listeners[0]?.routes[0]?.backends[0]?.backend;
  assert.equal(backend?.kind === 'llm' && backend.models[0]?.provider.kind, 'custom');
});

test('an empty configuration is valid', async () => {
  assert.deepEqual((await modelOf('')).binds, []);
});

test('what is not supported yet is named together with mistakes of other kinds, in the order of the file', async () => {
  const text = `gateways: { default: { prt: 8080 } }
routes:
- policies: { mcpGuardrails: { processors: [] }, timeout: { requestTimeout: 5 } }
`;
  const loaded = await loadModel({ kind: 'inline', text, name: 'inline', env });
  assert.ok(!loaded.ok);
  const places = [...loaded.errors.matchAll(/^inline:(\d+):\d+: ([^:]+): (\w+)/gm)].map(([, line, path, word]) => [
    line,
    path,
    word,
  ]);
  assert.deepEqual(places, [
    ['1', 'gateways.default.prt', 'unknown'],
    ['3', 'routes[0].policies.mcpGuardrails', 'not'],
    ['3', 'routes[0].policies.timeout.requestTimeout', 'expected'],
  ]);
});
