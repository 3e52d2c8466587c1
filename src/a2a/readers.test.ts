import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classify } from './classify.ts';
import { jsonRpcMethods } from './operations.ts';

/** An object as text whose members may be there several times: names in order. */
type Member = readonly [name: string, value: string];

const spellings: Readonly<Record<string, readonly string[]>> = {
  jsonrpc: ['jsonrpc', 'JSONRPC', 'jſonrpc'],
  method: ['method', 'Method', 'METHOD', 'met\\u0068od'],
  params: ['params', 'Params', 'paramſ'],
  id: ['id', 'ID', 'Id', '\\u0069d'],
  message: ['message', 'Message', 'meſſage'],
  taskId: ['taskId', 'task_id', 'TaskId', 'taſkId', 'tasKId'],
};

const named = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<Member> =>
  fc.tuple(fc.constantFrom(...(spellings[name] ?? [])), value);
const object = (...members: readonly fc.Arbitrary<Member>[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(...members), { maxLength: 5 })
    .map((list) => `{${list.map(([name, value]) => `"${name}":${value}`).join(',')}}`);

const text = fc.constantFrom('"a"', '"b"', 'null', '7', '""');
const message = object(named('taskId', text), named('id', text));
const params = object(named('id', text), named('taskId', text), named('message', message));
const method = fc.constantFrom('"GetTask"', '"SendMessage"', '"tasks/get"', '"CancelTask"', '1');
const request = object(
  named('jsonrpc', fc.constant('"2.0"')),
  named('jsonrpc', fc.constant('"2.0"')),
  named('method', method),
  named('params', params),
);

/** Which member a reader takes for `name`. */
type Pick = (members: readonly Member[], name: string) => string | undefined;

const fold = (name: string): string => name.toLowerCase().replaceAll('ſ', 's');
const readers: Readonly<Record<string, Pick>> = {
  'last (JavaScript, Python)': (members, name) => members.findLast(([key]) => key === name)?.[1],
  'first (some C parsers)': (members, name) => members.find(([key]) => key === name)?.[1],
  'last, whatever the case (Go)': (members, name) => members.findLast(([key]) => fold(key) === fold(name))?.[1],
  'last, either spelling (ProtoJSON)': (members, name) =>
    members.findLast(([key]) => key.replace(/_(.)/g, (_, c: string) => c.toUpperCase()) === name)?.[1],
};

/** The members of a flat rendering of `json`, duplicates included. */
function membersIn(json: string | undefined): readonly Member[] {
  const found: Member[] = [];
  if (json === undefined || !json.startsWith('{')) return found;
  let depth = 0;
  let start = 1;
  for (let i = 0; i < json.length; i++) {
    if (json[i] === '{') depth++;
    if (json[i] === '}') depth--;
    if ((json[i] !== ',' || depth !== 1) && (json[i] !== '}' || depth !== 0)) continue;
    const member = json.slice(start, i);
    const colon = member.indexOf(':');
    if (colon > 0) found.push([JSON.parse(member.slice(0, colon)) as string, member.slice(colon + 1)]);
    start = i + 1;
  }
  return found;
}

/** What a reader makes of a request: its method and its task, where it is a request to it at all. */
function understood(body: string, pick: Pick): readonly unknown[] | null {
  const outer = membersIn(body);
  const value = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));
  if (value(pick(outer, 'jsonrpc')) !== '2.0') return null;
  const name = value(pick(outer, 'method'));
  const operation = jsonRpcMethods.get(String(name));
  if (operation === undefined) return null;
  const inner = membersIn(pick(outer, 'params'));
  const task = operation.message
    ? value(pick(membersIn(pick(inner, 'message')), 'taskId'))
    : value(pick(inner, operation.by));
  return [operation.method, task ?? ''];
}

test('no reader makes another method or task of a request than what was told', () => {
  let told = 0;
  fc.assert(
    fc.property(request, (body) => {
      const input = { method: 'POST', path: '/', grpc: false, version: undefined, overridden: false };
      const found = classify({ ...input, body: Buffer.from(body) });
      if (found.kind === 'unreadable') return;
      told++;
      for (const [who, pick] of Object.entries(readers)) {
        const taken = understood(body, pick);
        // A reader may refuse it, or find no task where there is none for it.
        if (taken === null || taken[1] === '') continue;
        assert.deepEqual(taken, [found.method, found.taskId], `${who}: ${body}`);
      }
    }),
    { numRuns: 3000, seed: 1 },
  );
  assert.ok(told > 20, String(told));
});
