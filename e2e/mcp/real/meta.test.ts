/** What is in `_meta` of a call, as servers of both eras get it from a client without a session. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { installMcpTools } from '../../../testkit/mcp/tools.ts';
import { startFleet } from './fleet.ts';

before(installMcpTools);

test(
  'what nobody knows in _meta arrives, and each server gets what its revision has',
  { timeout: 120_000 },
  async (t) => {
    const fleet = await startFleet(t, { settings: 'prefixMode: onClash' });
    const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(fleet.url));
    t.after(() => client.close());
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const _meta = { 'example.com/own': { kept: true }, traceparent };
    await client.callTool({ name: 'echo', arguments: { message: 'm' }, _meta });
    await client.callTool({ name: 'get_current_time', arguments: { timezone: 'UTC' }, _meta });
    const got = (target: string): Readonly<Record<string, unknown>> => {
      const call = fleet.received(target).find(({ method }) => method === 'tools/call');
      return (call?.params?.['_meta'] ?? {}) as Readonly<Record<string, unknown>>;
    };
    for (const target of ['everything', 'time']) {
      assert.deepEqual(got(target)['example.com/own'], { kept: true }, target);
      // A span of the gateway may stand between.
      assert.match(String(got(target)['traceparent']), /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/, target);
    }
    assert.deepEqual(
      Object.keys(got('everything')).filter((key) => key.startsWith('io.modelcontextprotocol/')),
      [],
    );
    assert.equal(got('time')['io.modelcontextprotocol/protocolVersion'], '2026-07-28');
  },
);
