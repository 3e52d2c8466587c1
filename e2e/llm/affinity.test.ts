import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';
import { aiRoute, chat, chatAnswer, says } from './ai-route.ts';

const sessions = Array.from({ length: 24 }, (_, i) => `conversation ${i}`);
const byHeader = `, sessionAffinity: { source: 'request.headers["x-session"]' }`;
const byBody = `, sessionAffinity: { source: 'json(request.body).user' }`;
const from = (name: string): Answer => says(200, chatAnswer(`from ${name}`));

/** Who serves each of the sessions. */
async function served(port: number): Promise<readonly string[]> {
  const replies = await Promise.all(sessions.map((session) => chat(port, {}, { 'x-session': session })));
  return replies.map(({ text }) => /from (\w)/.exec(text)?.[1] ?? text);
}

test('requests of one session go to the same provider of a group, whichever worker has them', async () => {
  await using a = await startUpstream(from('a'));
  await using b = await startUpstream(from('b'));
  await using c = await startUpstream(from('c'));
  const config = aiRoute([[{ host: a.host }, { host: b.host }], [{ host: c.host }]], '', '', byHeader);
  await using gateway = await startGateway(config);
  const first = await served(gateway.port);
  assert.deepEqual([...new Set(first)].toSorted(), ['a', 'b']);
  await using other = await startGateway(config);
  for (const port of [gateway.port, other.port, gateway.port]) assert.deepEqual(await served(port), first);
});

test('a session goes elsewhere while its provider fails, the others stay, and it comes back', async () => {
  let ill = false;
  await using a = await startUpstream((request, response) =>
    (ill ? says(503, { error: { message: 'ill' } }) : from('a'))(request, response),
  );
  await using b = await startUpstream(from('b'));
  await using c = await startUpstream(from('c'));
  const groups = [[a, b, c].map(({ host }) => ({ host }))];
  await using gateway = await startGateway(aiRoute(groups, '', '', byHeader));
  const first = await served(gateway.port);
  assert.deepEqual([...new Set(first)].toSorted(), ['a', 'b', 'c']);
  ill = true;
  const meanwhile = await served(gateway.port);
  for (const [i, name] of first.entries()) assert.ok(name === 'a' ? meanwhile[i] !== 'a' : meanwhile[i] === name);
  ill = false;
  assert.deepEqual(await served(gateway.port), first);
});

test('what belongs together may stand in the body; without it any provider serves', async () => {
  await using a = await startUpstream(from('a'));
  await using b = await startUpstream(from('b'));
  await using gateway = await startGateway(aiRoute([[{ host: a.host }, { host: b.host }]], '', '', byBody));
  const hosts = new Map<string, Set<string>>();
  for (const user of [...sessions, ...sessions]) {
    const { text } = await chat(gateway.port, { user });
    const seen = hosts.get(user) ?? new Set();
    hosts.set(user, seen.add(text.includes('from a') ? 'a' : 'b'));
  }
  assert.deepEqual(
    [...hosts.values()].map(({ size }) => size),
    sessions.map(() => 1),
  );
  assert.equal(new Set([...hosts.values()].flatMap((seen) => [...seen])).size, 2);
  const free = await Promise.all(sessions.map(() => chat(gateway.port)));
  assert.deepEqual(new Set(free.map(({ status }) => status)), new Set([200]));
});
