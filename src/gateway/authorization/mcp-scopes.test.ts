import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { McpItem } from '../../mcp/access.ts';
import type { RequiredScopes } from '../../model/policies/mcp-authentication.ts';
import { ProvedFacts } from '../authentication/facts.ts';
import type { Exchange } from '../exchange.ts';
import { McpScopes } from './mcp-scopes.ts';

const required: readonly RequiredScopes[] = [
  { scopes: ['mcp'] },
  { scopes: ['write', 'audit'], tools: ['write_*', 'disk_remove'] },
  { scopes: ['write'], tools: ['*_file'], resources: ['file:///*'] },
  { scopes: ['tidy'], prompts: ['*'] },
];

/** What a token with these claims lacks for an item; undefined: there is no token. */
function lacked(claims: Readonly<Record<string, unknown>> | undefined, item: McpItem | null): readonly string[] | null {
  const x = {
    fact: () => (claims === undefined ? undefined : new ProvedFacts(claims, 'rawToken', 'token')),
    record: { decided: () => undefined },
  };
  const implied = new Map([
    ['admin', ['write', 'mcp']],
    ['write', ['audit']],
  ]);
  return new McpScopes({ required, implied }).lacked(x as unknown as Exchange, item);
}

const tool = (name: string, target = 'a'): McpItem => ({ kind: 'tool', target, name });

test('everything takes the scopes of rules that name nothing, and what rules name takes theirs, too', () => {
  assert.deepEqual(lacked({ scope: 'other' }, null), ['mcp']);
  assert.equal(lacked({ scope: 'other mcp' }, null), null);
  assert.equal(lacked({ scope: 'mcp' }, tool('read')), null);
  assert.deepEqual(lacked({ scope: 'mcp' }, { kind: 'prompt', target: 'a', name: 'p' }), ['mcp', 'tidy']);
  assert.deepEqual(lacked({ scope: 'mcp' }, { kind: 'resource', target: 'a', name: 'file:///x' }), ['mcp', 'write']);
  assert.equal(lacked({ scope: 'mcp' }, { kind: 'resource', target: 'a', name: 'http://x' }), null);
});

test('what is lacked names at once all that is needed, by whichever rules and with whatever is there already', () => {
  assert.deepEqual(lacked({ scope: 'mcp audit' }, tool('write_file')), ['mcp', 'write', 'audit']);
  assert.equal(lacked({ scope: 'audit mcp write' }, tool('write_file')), null);
});

test('a tool is known by its own name and by its name with its target', () => {
  assert.deepEqual(lacked({ scope: 'mcp' }, tool('remove', 'disk')), ['mcp', 'write', 'audit']);
  assert.equal(lacked({ scope: 'mcp' }, tool('remove', 'other')), null);
});

test('a scope stands for others, and for those that they stand for', () => {
  assert.equal(lacked({ scope: 'admin' }, tool('write_file')), null);
  assert.deepEqual(lacked({ scope: 'audit' }, tool('write_file')), ['mcp', 'write', 'audit']);
});

test('scopes are a text, or in scp a text or a list; no token has none', () => {
  assert.equal(lacked({ scp: ['mcp', 'x'] }, null), null);
  assert.equal(lacked({ scp: 'x mcp' }, null), null);
  assert.deepEqual(lacked({ scope: ['mcp2'], scp: 7 }, null), ['mcp']);
  assert.deepEqual(lacked(undefined, null), ['mcp']);
});
