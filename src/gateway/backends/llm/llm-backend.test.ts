import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../base/errors.ts';
import type { LlmRecord } from '../../../llm/record.ts';
import { EndpointHealth } from '../../../net/balance/endpoint-health.ts';
import { keyRingMemory, KeyRing } from '../../../mcp/session/key-ring.ts';
import type { AiBackend, LlmModel, LlmProvider, LlmRouterBackend } from '../../../model/llm.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { Exchange } from '../../exchange.ts';
import type { BodyTap } from '../../upstream/body-tap.ts';
import type { RelayOverride } from '../../upstream/relay.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { createLlmBackend } from './llm-backend.ts';

interface Sent {
  readonly to: string;
  readonly path: string | undefined;
  readonly query: string;
  readonly body: string | undefined;
  readonly headers: HeaderList;
  readonly override: RelayOverride;
  readonly tap: BodyTap | null;
}

interface Asked {
  readonly sent: Sent[];
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
  readonly record: LlmRecord | null;
  readonly failed: unknown;
}

interface Ask {
  readonly method?: string;
  readonly headers?: string[];
  readonly body?: string;
  readonly tooLarge?: boolean;
  /** Others hold all that LLM bodies may take. */
  readonly noMemory?: boolean;
  /** The client takes so many chunks before it wants to rest; it goes on at once. */
  readonly restEvery?: number;
}

/** Runs one exchange against the backend with a recording relay; `unreachable` providers hand the request back. */
async function run(
  spec: AiBackend | LlmRouterBackend,
  target: string,
  ask: Ask = {},
  unreachable: string[] = [],
): Promise<Asked> {
  const sent: Sent[] = [];
  const out = { status: 0, headers: new HeaderList(), body: '', failed: undefined as unknown };
  const [path = '', query] = target.split('?');
  const request = {
    method: ask.method ?? 'POST',
    path,
    query: query === undefined ? '' : `?${query}`,
    headers: new HeaderList(ask.headers?.slice()),
    bodyLength: Buffer.byteLength(ask.body ?? ''),
  };
  const record = { startedMs: 0, llm: null as LlmRecord | null, leaving: () => undefined };
  const stream = {
    onDrained: null as (() => void) | null,
    written: 0,
    write(chunk: Buffer): boolean {
      out.body += chunk.toString();
      if (++this.written % (ask.restEvery ?? Infinity) !== 0) return true;
      setImmediate(() => this.onDrained?.());
      return false;
    },
    ended: Promise.withResolvers<void>(),
    end(): void {
      this.ended.resolve();
    },
  };
  const x = {
    request,
    record,
    kept: () => undefined,
    authorizer: null,
    limits: null,
    bind: { frontend: { maxLlmBufferSize: 1 << 20 } },
    readBody: async (_maxBytes: number, onHeld: (bytes: number) => void) => {
      onHeld(ask.body?.length ?? 0);
      return ask.tooLarge === true
        ? Promise.reject(new GatewayError('bodyTooLarge'))
        : Promise.resolve(Buffer.from(ask.body ?? ''));
    },
    reply: (status: number, headers: HeaderList, body: Buffer) =>
      void Object.assign(out, { status, headers, body: body.toString() }),
    openStream: (status: number, headers: HeaderList) => {
      Object.assign(out, { status, headers });
      return stream;
    },
    onClose: () => undefined,
    fail: (error: unknown) => void (out.failed = error),
  };
  const backend = createLlmBackend('k', spec, {
    upstream: (p) => (p.address === undefined ? null : ({ endpoint: { name: p.name } } as unknown as Upstream)),
    health: healthy,
    condition: () => () => false,
    text: () => () => undefined,
    authorization: () => ({ rules: null, cedar: null }),
    keys: new KeyRing(keyRingMemory([Buffer.alloc(32, 1)])),
    memory: { unit: 1, take: () => ask.noMemory !== true, give: () => undefined },
    relay: (_x, upstream, override, tap) => {
      const to = upstream.endpoint.name;
      const headers = request.headers.clone();
      sent.push({
        to,
        path: override.path,
        query: request.query,
        body: override.body?.toString(),
        headers,
        override,
        tap,
      });
      if (unreachable.includes(to) && override.elsewhere?.(new GatewayError('connectFailed')) !== true) {
        out.failed = new GatewayError('connectFailed');
      }
    },
  });
  await backend.handle(x as unknown as Exchange);
  if (out.headers.get('content-type')?.startsWith('text/event-stream') === true) await stream.ended.promise;
  return { ...out, sent, record: record.llm };
}

/** Providers of which nothing is known. */
function healthy(): EndpointHealth {
  const cell = { get: () => 0, set: () => undefined, update: (): number => 0 };
  const cells = { illness: cell, latency: cell, failures: cell, evictions: cell, until: cell };
  return new EndpointHealth(cells, { value: 0, tryAcquire: () => true, release: () => undefined }, null, () => 0);
}

function provider(name: string, over: Partial<LlmProvider> = {}): LlmProvider {
  return {
    name,
    kind: 'openAI',
    address: { kind: 'tcp', host: 'api.test', port: 443 },
    pathPrefix: '/v1',
    formats: [{ format: 'completions' }, { format: 'embeddings' }],
    policies: { backendAuth: { kind: 'key', value: 'sk' } },
    ...over,
  };
}

function router(...models: (Partial<LlmModel> & { name: string })[]): LlmRouterBackend {
  const full = models.map((model) => ({
    id: model.name,
    visibility: 'public' as const,
    matches: [],
    provider: provider('p'),
    defaults: new Map(),
    overrides: new Map(),
    ...model,
  }));
  return { kind: 'llm', name: 'llm', models: full, policies: {} };
}

function ai(groups: LlmProvider[][], over: Partial<AiBackend> = {}): AiBackend {
  const none = new Map();
  return {
    kind: 'ai',
    name: 'ai',
    groups,
    routes: none,
    modelAliases: none,
    defaults: none,
    overrides: none,
    policies: {},
    ...over,
  };
}

function codeOf(asked: Asked): unknown {
  return (JSON.parse(asked.body) as { error: { code: unknown } }).error.code;
}

const chat = '/v1/chat/completions';
const demo = provider('demo', { kind: 'demo', policies: {} });
const { address: _, ...localDemo } = demo;

test('a chat request goes to its model with its bytes untouched', async () => {
  const body = '{ "messages":[], "model":"gpt-4o", "n":1.0 }';
  const { sent, record } = await run(router({ name: 'gpt-*' }), `${chat}?a=b`, { body });
  assert.equal(sent[0]?.to, 'p');
  assert.equal(sent[0].path, chat);
  assert.equal(sent[0].query, '?a=b');
  assert.equal(sent[0].body, body);
  assert.equal(record?.operation, 'chat');
  assert.equal(record.provider, 'openai');
  assert.equal(record.requestModel, 'gpt-4o');
  assert.equal(record.streaming, false);
});

test('a prefix that only routes is taken off, and a fixed model replaces the name', async () => {
  const spec = router(
    {
      name: 'groq/*',
      transformations: new Map([['model', 'llmRequest.model.stripPrefix("groq/")']]),
      defaults: new Map([['top_p', 1]]),
    },
    { name: 'fast', provider: provider('q', { model: 'gpt-4o-mini' }) },
  );
  assert.equal(
    (await run(spec, chat, { body: '{"model":"groq/llama"}' })).sent[0]?.body,
    '{"model":"llama","top_p":1}',
  );
  assert.equal((await run(spec, chat, { body: '{"model":"fast"}' })).sent[0]?.body, '{"model":"gpt-4o-mini"}');
});

test("the client's credential stays here when the gateway has its own", async () => {
  const headers = ['authorization', 'Bearer client', 'x-api-key', 'client', 'accept-encoding', 'gzip', 'x-other', '1'];
  const body = '{"model":"m"}';
  const own = await run(router({ name: 'm' }), chat, { body, headers });
  assert.deepEqual(own.sent[0]?.headers.flat, ['accept-encoding', 'identity', 'x-other', '1']);
  const none = await run(router({ name: 'm', provider: provider('p', { policies: {} }) }), chat, { body, headers });
  assert.equal(none.sent[0]?.headers.get('authorization'), 'Bearer client');
});

for (const [what, code, status, path, ask] of [
  ['a body that is not JSON', 'invalid_request_body', 400, chat, { body: '{"model":' }],
  ['a missing model', 'missing_model', 400, chat, { body: '{"messages":[]}' }],
  ['a model that is not text', 'missing_model', 400, chat, { body: '{"model":7}' }],
  ['an unknown model', 'model_not_found', 404, chat, { body: '{"model":"other"}' }],
  ['a wrong method', 'method_not_allowed', 405, chat, { method: 'GET' }],
  ['a body that is too large', 'request_body_too_large', 413, chat, { tooLarge: true }],
  ['a list that is posted', 'method_not_allowed', 405, '/v1/models', {}],
  ['a path of no LLM API', 'not_found', 404, '/', { method: 'GET', body: '' }],
  ['an unknown model in the list', 'model_not_found', 404, '/v1/models/other', { method: 'GET' }],
] as const) {
  test(`${what} is answered here with ${code}`, async () => {
    const asked = await run(router({ name: 'gpt' }), path, ask);
    assert.equal(asked.status, status);
    assert.equal(codeOf(asked), code);
    assert.equal(asked.sent.length, 0);
  });
}

test('a format that the provider lacks is refused in the shape of its clients', async () => {
  const asked = await run(router({ name: 'gpt' }), '/v1/rerank', { body: '{"model":"gpt"}' });
  assert.equal(asked.status, 400);
  assert.match((JSON.parse(asked.body) as { message: string }).message, /does not take `rerank`/);
  assert.equal(asked.sent.length, 0);
});

test('a body that memory has no room for is told to come again', async () => {
  const asked = run(router({ name: 'm' }), chat, { body: '{"model":"m"}', noMemory: true });
  await assert.rejects(asked, (error) => error instanceof GatewayError && error.status === 503 && error.retryAfter > 0);
});

test('the model list is answered here', async () => {
  const spec = router({ name: 'gpt' }, { name: 'groq/*' });
  const list = await run(spec, '/v1/models', { method: 'GET' });
  assert.deepEqual(
    (JSON.parse(list.body) as { data: { id: string }[] }).data.map((m) => m.id),
    ['gpt', 'groq/*'],
  );
  const one = await run(spec, '/v1/models/groq/llama', { method: 'GET' });
  assert.equal((JSON.parse(one.body) as { id: string }).id, 'groq/llama');
});

test('response policies cannot change the shared list', async () => {
  const spec = router({ name: 'gpt' });
  (await run(spec, '/v1/models', { method: 'GET' })).headers.set('x-added', '1');
  assert.equal((await run(spec, '/v1/models', { method: 'GET' })).headers.get('x-added'), undefined);
});

test('the demo answers without an upstream and is recorded like one', async () => {
  const spec = router({ name: 'demo', provider: localDemo });
  const body = '{"model":"demo","messages":[{"role":"user","content":"hi"}]}';
  const { status, body: text, sent, record } = await run(spec, chat, { body });
  assert.equal(status, 200);
  assert.match(text, /You said: hi/);
  assert.equal(sent.length, 0);
  assert.equal(record?.provider, 'demo');
  assert.equal(record.responseModel, 'demo');
  assert((record.outputTokens ?? 0) > 0);
});

test('the demo streams at the pace of the client', async () => {
  const spec = router({ name: 'demo', provider: localDemo });
  const body = '{"model":"demo","stream":true,"messages":[{"role":"user","content":"hi"}]}';
  const slow = await run(spec, chat, { body, restEvery: 3 });
  const fast = await run(spec, chat, { body });
  assert.match(slow.body, /data: \[DONE\]\n\n$/);
  assert.equal(slow.body.length, fast.body.length);
  assert.notEqual(slow.record?.timeToFirstTokenMs, null);
});

test('overrides reach the demo too', async () => {
  const spec = router({ name: 'demo', provider: localDemo, overrides: new Map([['max_tokens', 1]]) });
  const { body } = await run(spec, chat, { body: '{"model":"demo","messages":[{"role":"user","content":"hi"}]}' });
  assert.match(body, /"finish_reason":"length"/);
});

test('an ai backend sends any model on, under its alias', async () => {
  const spec = ai([[provider('a')]], { modelAliases: new Map([['fast', 'gpt-4o-mini']]) });
  assert.equal((await run(spec, chat, { body: '{"model":"fast"}' })).sent[0]?.body, '{"model":"gpt-4o-mini"}');
  assert.equal((await run(spec, chat, { body: '{"model":"x"}' })).sent[0]?.body, '{"model":"x"}');
});

test("a provider's own model needs no name from the client", async () => {
  const spec = ai([[provider('a', { model: 'gpt-4o' })]]);
  assert.equal((await run(spec, chat, { body: '{"messages":[]}' })).sent[0]?.body, '{"messages":[],"model":"gpt-4o"}');
  assert.equal(codeOf(await run(ai([[provider('a')]]), chat, { body: '{"messages":[]}' })), 'missing_model');
});

test('passthrough sends any body as it is', async () => {
  const spec = ai([[provider('a', { model: 'gpt-4o', pathPrefix: '/openai/v1' })]], {
    routes: new Map([['*', 'passthrough']]),
  });
  const { sent } = await run(spec, '/v1/files?x=1', { body: 'not json' });
  assert.equal(sent[0]?.path, '/openai/v1/files');
  assert.equal(sent[0].query, '?x=1');
  assert.equal(sent[0].body, 'not json');
});

test('the next provider is asked, with its own body, when no connection can be made', async () => {
  const spec = ai([[provider('a', { model: 'm-a' })], [provider('b', { model: 'm-b', pathOverride: '/b?v=1' })]]);
  const { sent, record, failed } = await run(spec, `${chat}?q=1`, { body: '{"model":"m"}' }, ['a']);
  assert.deepEqual(
    sent.map((s) => [s.to, s.path, s.query, s.body]),
    [
      ['a', chat, '?q=1', '{"model":"m-a"}'],
      ['b', '/b', '?v=1&q=1', '{"model":"m-b"}'],
    ],
  );
  assert.equal(record?.requestModel, 'm');
  assert.equal(failed, undefined);
});

test("a spare without a key of its own gets the client's credential", async () => {
  const spec = ai([[provider('a')], [provider('b', { policies: {} })]]);
  const headers = ['authorization', 'Bearer client'];
  const { sent } = await run(spec, chat, { body: '{"model":"m"}', headers }, ['a']);
  assert.deepEqual(
    sent.map((s) => s.headers.get('authorization')),
    [undefined, 'Bearer client'],
  );
});

test('the last provider that cannot be reached fails the exchange', async () => {
  const { sent, failed } = await run(ai([[provider('a')], [provider('b')]]), chat, { body: '{"model":"m"}' }, [
    'a',
    'b',
  ]);
  assert.equal(sent.length, 2);
  assert(failed instanceof GatewayError);
});

test('an ai backend has no list of models', async () => {
  const spec = ai([[provider('a')]], { routes: new Map([['/v1/models', 'models']]) });
  assert.equal((await run(spec, '/v1/models', { method: 'GET' })).status, 501);
});
