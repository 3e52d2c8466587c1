import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

/** Characters over which a backtracking engine takes longer than any test runs. */
const hostile = `${'a'.repeat(5000)}!`;

test('a pattern that would backtrack takes time in proportion to what the client sends', async () => {
  await using upstream = await startUpstream();
  const policies = `
    authorization: { rules: [{ deny: "request.headers['x-in'].matches('^(a+)+$')" }] }
    transformations: { request: { set: { x-out: "request.headers['x-in'].regexReplace('(a|aa)+$', 'b')" } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const reply = await send(gateway.port, { headers: { 'x-in': hostile } });
  assert.equal(reply.status, 200);
  assert.equal((await upstream.request(1)).headers['x-out'], hostile);
  assert.equal((await send(gateway.port, { headers: { 'x-in': 'aaa' } })).status, 403);
});

test('a pattern that no engine runs in linear time is refused when the file is loaded', async () => {
  for (const pattern of ['(a)\\\\\\\\1', '(?=a)b', '(?<!a)b']) {
    const policies = `{ authorization: { rules: ["request.path.matches('${pattern}')"] } }`;
    await assert.rejects(startGateway(oneRoute(policies)), /routes\[0\]\.policies\.authorization/, pattern);
  }
});

test('a pattern of the client is none that runs for long', async () => {
  await using upstream = await startUpstream();
  const policies = `{ authorization: { rules: ["'${'a'.repeat(60)}!'.matches(request.headers['x-pattern'])"] } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  for (const [pattern, status] of [
    ['^a+!$', 200],
    ['^(a+)+$', 403],
    ['^(a|a)*b', 403],
    ['((a{0,1000}){0,1000}){0,1000}b', 403],
    ['(', 403],
    ['(a)\\1', 403],
  ] as const) {
    assert.equal((await send(gateway.port, { headers: { 'x-pattern': pattern } })).status, status, pattern);
  }
});

test('an expression whose work grows with what the client sends is stopped, and lets nobody pass', async () => {
  await using upstream = await startUpstream();
  const pairs = `request.headers['x-in'].split('').all(a, request.headers['x-in'].split('').all(b, request.headers['x-in'].split('').all(c, a == b || b == c || a == c)))`;
  const rules = (rule: string): string => oneRoute(`{ authorization: { rules: [${rule}] } }`, upstream.host);
  await using gateway = await startGateway(rules(`"${pairs}"`));
  const ask = async (text: string): Promise<number> => (await send(gateway.port, { headers: { 'x-in': text } })).status;
  assert.equal(await ask('aa'), 200);
  assert.equal(await ask(hostile), 403);
  await gateway.reload(rules(`{ deny: "!${pairs}" }`));
  assert.equal(await ask('aa'), 200);
  assert.equal(await ask(hostile), 403);
});

test('text that doubles at each step, and expressions that are too deep, do not take the memory', async () => {
  await using upstream = await startUpstream();
  const doubled = Array.from({ length: 40 }).reduce<string>(
    (inner, _, at) => `[${inner}].map(v${at}, v${at} + v${at})[0]`,
    "request.headers['x-in']",
  );
  const policies = `{ transformations: { request: { body: "${doubled}" } } }`;
  const outcome = await startGateway(oneRoute(policies, upstream.host)).then(
    async (gateway) => {
      await using running = gateway;
      return (await send(running.port, { headers: { 'x-in': 'a'.repeat(1000) } })).status;
    },
    () => 'refused when loaded',
  );
  assert.ok(outcome === 500 || outcome === 'refused when loaded', String(outcome));
  const deep = `${'('.repeat(5000)}true${')'.repeat(5000)}`;
  await assert.rejects(startGateway(oneRoute(`{ authorization: { rules: ["${deep}"] } }`)), /authorization/);
});
