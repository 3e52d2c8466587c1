/** Calls of an older server that wait for their clients, with requests that reach any of several workers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { post, rpc, type Answer } from './http-client.ts';
import { startMcpGateway } from './mcp-gateway.ts';
import { startHttpServer } from './real/http-server.ts';

const name = 'trigger-elicitation-request';

/** A `tools/call` of a client of 2026-07-28 that takes forms. */
function call(url: URL, key: string, more: object = {}): Promise<Answer> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };
  return post(Number(url.port), url.pathname, rpc('tools/call', { name, arguments: {}, ...more, _meta }), {
    authorization: `Bearer key-${key}`,
    connection: 'close',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  });
}

test(
  'a call that waits is counted, and found from every worker by its own principal only',
  { timeout: 90_000 },
  async (t) => {
    const server = await startHttpServer(t, 'streamableHttp');
    const keys = ['alice', 'bob'].map((who) => `{ key: key-${who}, metadata: { name: ${who} } }`);
    const section = `policies: { apiKey: { keys: [${keys.join()}] } }\n  limits: { parkedCalls: 2 }`;
    const gateway = await startMcpGateway(t, `- name: e\n  mcp: { host: "${server.url}" }`, {}, { section });
    const waiting = (count: number): Promise<void> =>
      eventually(async () => (await gateway.metric('mcp_parked_calls')) === count, `${count} calls that wait`);

    const asked = [await call(gateway.url, 'alice'), await call(gateway.url, 'alice')];
    const states = asked.map(({ message }) => message?.result?.['requestState']);
    await waiting(2);
    const refused = await call(gateway.url, 'bob');
    assert.equal(refused.message?.result?.['resultType'], 'complete', refused.text);
    await eventually(
      async () => (await gateway.metric('mcp_limit_rejections_total', 'limit="parked_calls"')) === 1,
      'the count of the refusal',
    );

    for (const requestState of [...states, ...states, ...states]) {
      const stolen = await call(gateway.url, 'bob', { inputResponses: {}, requestState });
      assert.equal(stolen.message?.error?.code, -32602, stolen.text);
    }
    await waiting(2);
    for (const [i, requestState] of states.entries()) {
      const questions = Object.keys(asked[i]?.message?.result?.['inputRequests'] ?? {});
      const inputResponses = Object.fromEntries(questions.map((key) => [key, { action: 'decline' }]));
      const { message, text } = await call(gateway.url, 'alice', { inputResponses, requestState });
      assert.match(JSON.stringify(message?.result?.['content']), /declined/, text);
    }
    await waiting(0);
  },
);
