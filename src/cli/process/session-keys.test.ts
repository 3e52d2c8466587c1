import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Logger } from '../../base/logger.ts';
import type { Model } from '../../model/model.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { rotationMs, SessionKeyFile } from './session-key-file.ts';
import { SessionKeys } from './session-keys.ts';
import { stateFolder } from './state-folder.ts';

const start = 1_800_000_000_000;
const withMcp = { binds: [], backends: new Map([['tools', { kind: 'mcp' }]]) } as unknown as Model;
/** A model with sign-in of browsers on a route. */
const withOidc = (oidc: object): Model =>
  ({
    binds: [{ listeners: [{ gatewayPolicies: [{}], routes: [{ policies: [{ oidc }], backends: [] }] }] }],
    backends: new Map(),
  }) as unknown as Model;
const without = { binds: [], backends: new Map() } as unknown as Model;

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'waygate-keys-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return join(made, 'state', 'waygate');
}

function sessionKeys(t: TestContext, at: string, settings: Partial<ProcessSettings> = {}, lines: string[] = []) {
  const keys = new SessionKeys(settings as ProcessSettings, {
    folder: at,
    log: new Logger((line) => lines.push(line)),
  });
  t.after(() => keys.close());
  return keys;
}

test('the state folder is the one that the environment names', () => {
  const home = join(homedir(), '.local', 'state', 'waygate');
  assert.equal(stateFolder({ WAYGATE_STATE_DIR: '/a', XDG_STATE_HOME: '/b' }), '/a');
  assert.equal(stateFolder({ WAYGATE_STATE_DIR: '', XDG_STATE_HOME: '/b' }), join('/b', 'waygate'));
  assert.equal(stateFolder({ XDG_STATE_HOME: 'relative' }), home);
  assert.equal(stateFolder({}), home);
});

test('a key is made once, readable by its owner only, and found by every later start', (t) => {
  const at = folder(t);
  const [made] = new SessionKeyFile(at).keys(start);
  assert.deepEqual(new SessionKeyFile(at).keys(start + rotationMs - 1), [made]);
  assert.equal(made?.key.length, 32);
  assert.deepEqual(readdirSync(at), ['session-keys.json']);
  assert.equal(statSync(join(at, 'session-keys.json')).mode & 0o777, 0o600);
  assert.equal(statSync(at).mode & 0o777, 0o700);
});

test('a key that is old enough gives way to another, and stays until all that it sealed has expired', (t) => {
  const at = folder(t);
  const file = new SessionKeyFile(at);
  const first = file.keys(start)[0];
  const second = file.keys(start + rotationMs);
  assert.deepEqual(second[1], first);
  assert.notDeepEqual(second[0]?.key, first?.key);
  assert.deepEqual(file.keys(start + 2 * rotationMs - 1), second);
  const third = file.keys(start + 2 * rotationMs);
  assert.deepEqual(third.slice(1), [second[0]]);
  assert.deepEqual(readdirSync(at), ['session-keys.json']);
  assert.equal(statSync(join(at, 'session-keys.json')).mode & 0o777, 0o600);
});

test('keys are those of the configuration, former ones behind, and then no file is made', (t) => {
  const at = folder(t);
  const keys = sessionKeys(t, at, { sessionKey: 'ab'.repeat(32), previousSessionKeys: ['cd'.repeat(32)] });
  keys.use(withMcp, () => assert.fail('other keys'));
  assert.deepEqual(
    keys.current.map((key) => Buffer.from(key).toString('hex')),
    ['ab'.repeat(32), 'cd'.repeat(32)],
  );
  assert.throws(() => statSync(at), { code: 'ENOENT' });
});

test('the state folder comes in with the first model that has MCP backends', (t) => {
  const at = folder(t);
  const keys = sessionKeys(t, at);
  const [own] = keys.current;
  const rotated: (readonly Uint8Array[])[] = [];
  keys.use(without, (next) => rotated.push(next));
  assert.throws(() => statSync(at), { code: 'ENOENT' });
  keys.use(withMcp, (next) => rotated.push(next));
  keys.use(withMcp, (next) => rotated.push(next));
  const [kept] = new SessionKeyFile(at).keys(Date.now());
  assert.deepEqual(rotated, [[kept?.key, own]]);
});

test('sign-in of browsers needs the state folder, too, unless it has a key of its own', (t) => {
  const at = folder(t);
  const keys = sessionKeys(t, at);
  keys.use(withOidc({ cookieKey: 'ab'.repeat(32) }), () => assert.fail('other keys'));
  let rotations = 0;
  keys.use(withOidc({}), () => rotations++);
  assert.equal(rotations, 1);
});

test('where the keys cannot be kept, the process has one of its own and says what to do', (t) => {
  const at = folder(t);
  const cases: [string, () => void][] = [
    ['is not JSON', () => writeFileSync(join(at, 'session-keys.json'), 'x')],
    ['holds no keys', () => writeFileSync(join(at, 'session-keys.json'), '{}')],
    ['holds something that is no key', () => writeFileSync(join(at, 'session-keys.json'), '{"keys":[{"key":"1"}]}')],
  ];
  new SessionKeyFile(at).keys(start);
  for (const [problem, spoil] of cases) {
    spoil();
    const before = readFileSync(join(at, 'session-keys.json'), 'utf8');
    const lines: string[] = [];
    const keys = sessionKeys(t, at, {}, lines);
    keys.use(withMcp, () => assert.fail('other keys'));
    assert.equal(keys.current.length, 1);
    assert.match(lines.join(), new RegExp(`${problem}.*WAYGATE_STATE_DIR`));
    assert.equal(readFileSync(join(at, 'session-keys.json'), 'utf8'), before);
  }
  const lines: string[] = [];
  sessionKeys(t, join(at, 'session-keys.json', 'below-a-file'), {}, lines).use(withMcp, () =>
    assert.fail('other keys'),
  );
  assert.match(lines.join(), /will not outlive this process/);
});
