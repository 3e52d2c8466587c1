import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../base/errors.ts';
import { Logger } from '../../../base/logger.ts';
import { SharedNames } from '../../../mcp/federation/names/shared-names.ts';
import { usualLimits } from '../../../mcp/limits.ts';
import { sessionPorts, type SessionPorts } from '../../../mcp/session/session-ports.ts';
import type { McpRecord } from '../../../mcp/record.ts';
import type { McpBackend } from '../../../model/mcp.ts';
import type { HttpCall } from '../../../net/http/call.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { SharedCounters } from '../../../telemetry/shared/counters.ts';
import { SharedLimit } from '../../../telemetry/shared/limit.ts';
import { createMetrics } from '../../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../../telemetry/metrics/registry.ts';
import type { Exchange } from '../../exchange.ts';
import { SharedSessions } from '../../workers/shared-sessions.ts';
import type { CompiledBackend } from '../backend.ts';
import { createMcpBackend, type McpBackendPorts } from './mcp-backend.ts';

const counters = new SharedCounters(1);
const sessions = new SharedSessions(2, [new Uint8Array(32)]);
const portsOfWorkers = [0, 1].map((worker) => {
  const ports = sessionPorts(sessions.seed(worker));
  ports.roster.arrive();
  return ports;
});

const spec: McpBackend = {
  kind: 'mcp',
  name: 'tools',
  targets: [
    {
      kind: 'http',
      name: 'a',
      address: { kind: 'tcp', host: 'a', port: 1 },
      path: '/mcp?k=1',
      forwardHeaders: [],
      policies: {},
    },
  ],
  sessions: 'stateful',
  prefixMode: 'conditional',
  maxNameLength: 64,
  aliases: [],
  pageSize: 1000,
  listTtlMs: [],
  limits: usualLimits,
  virtualServers: [],
  failureMode: 'failClosed',
  dnsRebindingProtection: false,
  allowedOrigins: [],
  policies: {},
};

/** A server that knows the handshake only. */
const call: HttpCall = async (request) => {
  const text = request.body === undefined ? '{}' : Buffer.from(request.body).toString();
  const { id } = JSON.parse(text) as { id?: number };
  const result = { protocolVersion: '2025-11-25', capabilities: { tools: {} } };
  return {
    status: id === undefined ? 202 : 200,
    headers: new HeaderList(['content-type', 'application/json']),
    body: (async function* () {})(),
    text: async () => JSON.stringify({ jsonrpc: '2.0', id, result }),
  };
};

function backend(change: Partial<McpBackend> = {}, ports: Partial<McpBackendPorts> = {}): CompiledBackend {
  return createMcpBackend(
    'backend/tools',
    { ...spec, ...change },
    {
      guardian: null,
      names: new SharedNames(SharedNames.makeBuffer()),
      workerId: 0,
      sessionPorts: portsOfWorkers[0] as SessionPorts,
      relayToPeer: () => assert.fail('relayed'),
      log: new Logger(() => undefined),
      metrics: createMetrics(new MetricRegistry()),
      sessionTtlMs: 1000,
      limit: (name, maximum) => new SharedLimit(counters.slot(name), 0, maximum),
      call: () => call,
      passthrough: () => [],
      condition: () => () => false,
      access: null,
      ...ports,
    },
  );
}

interface Reply {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
  readonly record: McpRecord | null;
}

/** An exchange as far as an MCP backend uses it. */
function send(
  to: CompiledBackend,
  body: object,
  headers: string[] = [],
  authority = 'localhost',
  path = '/mcp',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const record: { mcp: McpRecord | null } = { mcp: null };
    const x = {
      request: {
        method: 'POST',
        authority,
        path,
        query: '',
        headers: new HeaderList([
          'accept',
          'application/json, text/event-stream',
          'content-type',
          'application/json',
          ...headers,
        ]),
      },
      connection: { remoteAddress: '127.0.0.1' },
      fromPeer: false,
      kept: () => undefined,
      bind: { onLoopback: false },
      record,
      readBody: () => Promise.resolve(Buffer.from(JSON.stringify(body))),
      reply: (status: number, answered: HeaderList, text: string) =>
        resolve({ status, headers: answered, body: String(text), record: record.mcp }),
      onClose: () => undefined,
      fail: reject,
    } as unknown as Exchange;
    Promise.try(() => to.handle(x)).catch(reject);
  });
}

const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } };

test('an exchange becomes a session, and the next one finds it', async () => {
  const mcp = backend();
  const opened = await send(mcp, initialize);
  assert.equal(opened.status, 200);
  assert.match(opened.body, /"serverInfo":\{"name":"waygate","version":"\d+\.\d+\.\d+/);
  const id = opened.headers.get('mcp-session-id') ?? '';
  assert.deepEqual([opened.record?.methodName, opened.record?.sessionId], ['initialize', id]);
  const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };
  assert.equal((await send(mcp, ping, ['mcp-session-id', id])).body, '{"jsonrpc":"2.0","id":2,"result":{}}');
  mcp.close();
  await assert.rejects(send(mcp, ping, ['mcp-session-id', id]), GatewayError);
});

test('a session of another worker goes there under the key of the backend', async () => {
  const relayed: [number, string][] = [];
  const other = backend({}, { workerId: 1, sessionPorts: portsOfWorkers[1] as SessionPorts });
  const { headers } = await send(other, initialize);
  const mine = backend(
    {},
    {
      relayToPeer(x, worker, key) {
        relayed.push([worker, key]);
        x.fail(new GatewayError('noBackend'));
      },
    },
  );
  const session = ['mcp-session-id', headers.get('mcp-session-id') ?? ''];
  await assert.rejects(send(mine, { jsonrpc: '2.0', id: 2, method: 'ping' }, session));
  assert.deepEqual(relayed, [[1, 'backend/tools']]);
});

test('a virtual server answers on its path with sessions of its own', async () => {
  const server = { path: '/mcp/dev', serverInfo: {}, targets: [0], tools: [], search: true };
  const mcp = backend({ virtualServers: [server] });
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  const { headers } = await send(mcp, initialize, [], 'localhost', server.path);
  const session = ['mcp-session-id', headers.get('mcp-session-id') ?? ''];
  assert.match((await send(mcp, list, session, 'localhost', server.path)).body, /find_tools/);
  assert.equal((await send(mcp, list, session)).status, 404);
  mcp.close();
  await assert.rejects(send(mcp, initialize, [], 'localhost', server.path), GatewayError);
});

test('with protection against DNS rebinding only loopback Hosts and Origins pass', async () => {
  const mcp = backend({ dnsRebindingProtection: true });
  const refused = { reason: 'originNotAllowed' };
  assert.equal((await send(mcp, initialize, ['origin', 'http://localhost:6274'])).status, 200);
  await assert.rejects(send(mcp, initialize, ['origin', 'http://evil.example']), refused);
  await assert.rejects(send(mcp, initialize, [], 'evil.example'), refused);
});

test('without a guardian stdio targets do not start, and say why', async () => {
  const target = {
    kind: 'stdio',
    name: 's',
    command: 'true',
    args: [],
    env: new Map(),
    inheritEnv: false,
    sharing: 'auto',
    start: 'lazy',
  } as const;
  const { body } = await send(backend({ targets: [target] }), initialize);
  assert.match(body, /MCP server \\"s\\" cannot be started: there is no guardian/);
});
