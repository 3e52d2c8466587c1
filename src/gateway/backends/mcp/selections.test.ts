import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpItemRule, McpVirtualServer } from '../../../model/mcp.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { Exchange } from '../../exchange.ts';
import { Selections, type SelectionServer } from './selections.ts';

interface Fake extends SelectionServer {
  readonly shown: readonly string[];
  readonly key: string;
  idle: boolean;
  closed: boolean;
}

const rule = (match: string, when?: string): McpItemRule => ({
  match,
  exclude: false,
  fixedArguments: new Map(),
  hiddenArguments: [],
  ...(when === undefined ? {} : { when }),
});

function serve(server: McpVirtualServer, key: string): Fake {
  const shown = [...(server.tools ?? []), ...(server.resources ?? [])].map(({ match }) => match);
  const fake: Fake = {
    shown,
    key,
    idle: true,
    closed: false,
    drain: () => undefined,
    close: () => (fake.closed = true),
  };
  return fake;
}

/** Conditions hold for callers that send their name in x-groups. */
const holds =
  (source: string) =>
  ({ request }: Exchange): boolean =>
    (request.headers.get('x-groups') ?? '').split(',').includes(source);

const exchange = (groups: string, fromPeer = false): Exchange =>
  ({ fromPeer, request: { headers: new HeaderList(['x-groups', groups]) } }) as unknown as Exchange;

const spec: McpVirtualServer = { path: '/v', serverInfo: {}, targets: [0], search: false };

test('each set of conditions has a server of its own, with the entries that are there for it', () => {
  const tools = [rule('a', 'dev'), rule('b'), rule('c', 'ops'), rule('d', 'dev')];
  const selections = new Selections({ ...spec, tools, resources: [rule('r', 'ops')] }, holds, serve);
  const of = (groups: string): Fake => selections.of(exchange(groups));
  assert.deepEqual(of('').shown, ['b']);
  assert.deepEqual(of('dev').shown, ['a', 'b', 'd']);
  assert.deepEqual(of('dev,ops').shown, ['a', 'b', 'c', 'd', 'r']);
  assert.equal(of('dev'), of('dev,other'));
  assert.equal(new Set([of(''), of('dev'), of('ops'), of('dev,ops')].map(({ key }) => key)).size, 4);
});

test('without conditions there is one server, whoever asks, from the start', () => {
  const selections = new Selections({ ...spec, tools: [rule('a')] }, holds, serve);
  const [only] = selections.all();
  assert.equal(only?.key, '');
  assert.equal(selections.of(exchange('dev')), only);
});

test('where a request came in decides, and no field of a client', () => {
  const selections = new Selections({ ...spec, tools: [rule('a', 'dev')] }, holds, serve);
  const mine = exchange('dev');
  assert.deepEqual(selections.of(mine).shown, ['a']);
  const field = [...mine.request.headers].find(([name]) => name.startsWith('x-waygate')) ?? assert.fail();
  const relayed = exchange('', true);
  relayed.request.headers.set(...field);
  assert.deepEqual(selections.of(relayed).shown, ['a']);
  const forged = exchange('');
  forged.request.headers.set(...field);
  assert.deepEqual(selections.of(forged).shown, []);
});

test('when there are too many selections an idle one gives way, a busy one does not', () => {
  const groups = Array.from({ length: 9 }, (_, i) => `g${i}`);
  const selections = new Selections({ ...spec, tools: groups.map((name) => rule(name, name)) }, holds, serve);
  const member = (n: number): string => groups.filter((_, i) => (n & (1 << i)) !== 0).join();
  const first = Array.from({ length: 256 }, (_, n) => selections.of(exchange(member(n))));
  for (const one of first.slice(0, 255)) one.idle = false;
  selections.of(exchange(member(300)));
  assert.deepEqual(first.map(({ closed }) => closed).filter((closed) => closed).length, 1);
  assert.equal(first.at(-1)?.closed, true);
  for (const one of selections.all()) one.idle = false;
  assert.throws(() => selections.of(exchange(member(301))), { reason: 'overloaded' });
});
