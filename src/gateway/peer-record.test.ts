import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import { newMcpRecord, type McpRecord } from '../mcp/record.ts';
import { Message } from '../mcp/wire/jsonrpc.ts';
import { HeaderList } from '../net/http/headers.ts';
import { RequestHead } from '../net/http/message.ts';
import { mcpAttributes } from './attributes/mcp-attributes.ts';
import type { Exchange } from './exchange.ts';
import { readRecord, writeRecord } from './peer-record.ts';
import { ExchangeRecord } from './record/exchange-record.ts';

function recordOf(mcp: McpRecord | null): ExchangeRecord {
  const head = new RequestHead('POST', 'http', 'a', '/mcp', '', 11, new HeaderList(), 0, false, '', false);
  const record = new ExchangeRecord(head, monotonicMs(), 0);
  record.mcp = mcp;
  return record;
}

function told(text: string): ExchangeRecord {
  const record = recordOf(null);
  readRecord({ record } as Exchange, text);
  return record;
}

function callRecord(argument: string, result: string): McpRecord {
  const given = { name: 'echo', arguments: { argument } };
  return {
    ...newMcpRecord(),
    methodName: 'tools/call',
    target: 'a',
    resourceType: 'tool',
    resourceName: 'echo',
    request: new Message('request', 1, '1', 'tools/call', given, undefined, JSON.stringify(given)),
    reply: new Message('result', 1, '1', '', null, { result }, JSON.stringify({ result })),
  };
}

test('what a call was, and that it was refused, as one worker tells another', () => {
  const record = recordOf({ ...callRecord('ä', 'ö'), errorCode: -32603, errorMessage: 'no', limit: 'call_idle' });
  record.failed(new GatewayError('overloaded', 'too many'));
  record.leftOut(2, 'deny 1');
  const text = writeRecord(record);
  assert.match(text, /^[\x21-\x7e]+$/);
  const there = told(text);
  assert.deepEqual([there.reason, there.error], ['overloaded', 'too many']);
  assert.deepEqual([there.hidden, there.decidedBy], [2, 'deny 1']);
  const { mcp } = there;
  assert.ok(mcp !== null);
  assert.deepEqual([mcp.errorCode, mcp.errorMessage, mcp.limit], [-32603, 'no', 'call_idle']);
  assert.deepEqual(mcpAttributes(mcp), {
    methodName: 'tools/call',
    tool: { target: 'a', name: 'echo', arguments: { argument: 'ä' }, result: { result: 'ö' } },
  });
});

test('what is told of a call is short, however long its parts are', () => {
  const long = '"ä\u0001'.repeat(100_000);
  for (const mcp of [callRecord(long, 'x'), callRecord('x', long), { ...callRecord('x', 'x'), resourceName: long }]) {
    const record = recordOf({ ...mcp, errorMessage: long, sessionId: 's'.repeat(1024) });
    record.decided('deny', long);
    const text = writeRecord(record);
    assert.ok(text.length <= 16_000);
    assert.equal(told(text).mcp?.methodName, 'tools/call');
  }
});

test('what is told again, at the end of a stream, takes the place of what was told before', () => {
  const record = recordOf(callRecord('x', 'y'));
  record.leftOut(2, 'deny 1');
  const there = recordOf(null);
  there.sending('the socket of the worker', monotonicMs());
  for (let i = 0; i < 2; i++) readRecord({ record: there } as Exchange, writeRecord(record));
  assert.deepEqual([there.hidden, there.decidedBy], [2, 'deny 1']);
  // That is no upstream, and nothing was asked of one.
  assert.deepEqual([there.endpoint, there.sentMs], ['', 0]);
});

test('moments are those of the reader, whose clock began at another time', async () => {
  const before = monotonicMs();
  const worker = new Worker(
    `import { parentPort } from 'node:worker_threads';
    const { writeRecord } = await import(${JSON.stringify(import.meta.resolve('./peer-record.ts'))});
    const { newMcpRecord, markSent, markAnswered } = await import(${JSON.stringify(import.meta.resolve('../mcp/record.ts'))});
    const mcp = newMcpRecord();
    markSent(mcp);
    markAnswered(mcp);
    parentPort.postMessage(writeRecord({ mcp, reason: null, error: '', decision: '', decidedBy: '', hidden: 0 }));`,
    { eval: true },
  );
  const [text] = (await once(worker, 'message')) as [string];
  const { mcp } = told(text);
  assert.ok(mcp !== null);
  assert.ok(before < mcp.sentMs, `${mcp.sentMs} is before ${before}`);
  assert.ok(mcp.sentMs <= mcp.answeredMs && mcp.answeredMs < monotonicMs());
});
