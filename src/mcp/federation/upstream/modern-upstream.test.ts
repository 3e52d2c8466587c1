import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../../testkit/client.ts';
import { asked, FakeServer, withTools, type FakeOptions } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { ModernClient } from '../../testdata/modern-client.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';

const capabilities = { elicitation: {}, sampling: {}, roots: {} };

function modern(answer: NonNullable<FakeOptions['answer']>, options: FakeOptions = {}): FakeServer {
  return new FakeServer('m', { ...options, modern: true, answer });
}

async function open(server: FakeServer, declared: object = capabilities): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: [server.target] }));
  await client.initialize({ capabilities: declared });
  return client;
}

const question = { method: 'elicitation/create', params: { message: 'name?' } };
const asks = (inputRequests: object | undefined, requestState?: string): object => ({
  resultType: 'input_required',
  ...(inputRequests === undefined ? {} : { inputRequests }),
  ...(requestState === undefined ? {} : { requestState }),
});

test('a server without sessions learns in every request what the session of a client says', async () => {
  const server = modern(withTools('x'), { instructions: 'Do.' });
  const client = new RawClient(makeEndpoint({ targets: [server.target] }));
  const hello = await client.initialize({ capabilities });
  assert.deepEqual([hello['protocolVersion'], hello['instructions']], ['2025-11-25', 'Do.']);
  const answer = await client.call('tools/call', { name: 'x', _meta: { mine: 1 } });
  assert.deepEqual(Object.keys(answer.result), ['content']);
  assert.deepEqual(server.of('tools/call').map(asked)[0], {
    name: 'x',
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': capabilities,
      'io.modelcontextprotocol/clientInfo': { name: 'waygate', version: '0.0.0' },
      mine: 1,
    },
  });
  assert.equal(server.of('notifications/initialized').length, 0);
});

test('a question in a result is asked on the stream of the call, and the call made again with the answer', async () => {
  const server = modern(({ method, params }) => {
    if (method !== 'tools/call') return withTools('x')({ method } as never, server);
    const given = params?.['inputResponses'];
    if (given === undefined) return asks({ who: question }, 'round 1');
    return {
      resultType: 'complete',
      content: [{ type: 'text', text: JSON.stringify([given, params?.['requestState']]) }],
    };
  });
  const client = await open(server);
  const events = new EventReader(await client.send('tools/call', { name: 'x' }));
  const asked = await events.next();
  assert.deepEqual([asked?.message['method'], asked?.message.params], [question.method, question.params]);
  const answer = { action: 'accept', content: { name: 'Ada' } };
  await client.post({ jsonrpc: '2.0', id: asked?.message['id'], result: answer });
  const answered = await events.next();
  const result = answered?.message['result'] as { content: { text: string }[] } | undefined;
  assert.deepEqual(JSON.parse(result?.content[0]?.text ?? ''), [{ who: answer }, 'round 1']);
  const ids = server.of('tools/call').map(({ id }) => id);
  assert.equal(new Set(ids).size, 2);
});

test('a server that asks for ever, for nonsense, or for what the client cannot do, is a failed tool', async () => {
  for (const [declared, inputRequests, says] of [
    [{}, { who: question }, /cannot answer/],
    [
      { elicitation: { form: {} } },
      { u: { ...question, params: { mode: 'url', url: 'https://x.test/' } } },
      /cannot answer/,
    ],
    [capabilities, { who: { method: 'no/such' } }, /makes no sense/],
  ] as const) {
    const server = modern((message, self) =>
      message.method === 'tools/call' ? asks(inputRequests) : withTools('x')(message, self),
    );
    const client = await open(server, declared);
    const { result } = await client.call<{ isError: boolean; content: { text: string }[] }>('tools/call', {
      name: 'x',
    });
    assert.equal(result.isError, true);
    assert.match(result.content[0]?.text ?? '', says);
  }
  const endless = modern((message, self) =>
    message.method === 'tools/call' ? asks({ who: question }) : withTools('x')(message, self),
  );
  const client = await open(endless);
  const events = new EventReader(await client.send('tools/call', { name: 'x' }));
  for (let round = 0; round < 8; round++) {
    const asked = await events.next();
    await client.post({ jsonrpc: '2.0', id: asked?.message['id'], result: { action: 'accept' } });
  }
  assert.match(JSON.stringify((await events.next())?.message), /again and again/);
});

test('a client that refuses a question fails the tool with its words', async () => {
  const server = modern((message, self) =>
    message.method === 'tools/call' ? asks({ who: question }) : withTools('x')(message, self),
  );
  const client = await open(server);
  const events = new EventReader(await client.send('tools/call', { name: 'x' }));
  const asked = await events.next();
  await client.post({ jsonrpc: '2.0', id: asked?.message['id'], error: { code: -1, message: 'not now' } });
  assert.match(JSON.stringify((await events.next())?.message), /was refused elicitation.create by the client: not now/);
});

test('a client without a session gets the question, its state and its answer untouched', async () => {
  const server = modern((message, self) =>
    message.method === 'tools/call' ? asks({ who: question }, 'theirs') : withTools('x')(message, self),
  );
  const client = new ModernClient(makeEndpoint({ targets: [server.target] }));
  const { result } = await client.call('tools/call', { name: 'x' }, { capabilities });
  assert.deepEqual(result, asks({ who: question }, 'theirs'));
  const retry = { name: 'x', inputResponses: { who: { action: 'decline' } }, requestState: 'theirs' };
  await client.call('tools/call', retry, { capabilities });
  const { _meta, ...sent } = server.of('tools/call')[1]?.params ?? {};
  assert.deepEqual(sent, retry);
  assert.ok(_meta !== undefined);
});

test('subscriptions, changes of lists and the log level of a session go the way of a server without', async () => {
  const server = modern(
    (message, self) => {
      if (message.method !== 'subscriptions/listen') return withTools('x')(message, self);
      const params = { _meta: { 'io.modelcontextprotocol/subscriptionId': message.id }, notifications: {} };
      self.notify('notifications/subscriptions/acknowledged', params, Number(message.id));
      return undefined;
    },
    { capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} } },
  );
  const client = await open(server);
  const stream = new EventReader(await client.get());
  await client.call('resources/subscribe', { uri: 'f:///1' });
  const filter = (): unknown => server.of('subscriptions/listen').at(-1)?.params?.['notifications'];
  await eventually(() => JSON.stringify(filter()).includes('f:///1'), 'the stream with the resource');
  assert.deepEqual(filter(), { toolsListChanged: true, resourcesListChanged: true, resourceSubscriptions: ['f:///1'] });
  const tag = { 'io.modelcontextprotocol/subscriptionId': server.of('subscriptions/listen').at(-1)?.id };
  server.notify('notifications/resources/updated', { uri: 'f:///1', _meta: tag });
  server.notify('notifications/tools/list_changed', { _meta: tag });
  const updated = await stream.next();
  assert.deepEqual(
    [updated?.message['method'], updated?.message.params?.['uri']],
    ['notifications/resources/updated', 'f:///1'],
  );
  assert.equal((await stream.next())?.message['method'], 'notifications/tools/list_changed');
  await client.call('resources/unsubscribe', { uri: 'f:///1' });
  await eventually(() => !JSON.stringify(filter()).includes('f:///1'), 'the stream without the resource');
  await client.call('logging/setLevel', { level: 'error' });
  await client.call('tools/call', { name: 'x' });
  const meta = server.of('tools/call').at(-1)?.params?.['_meta'] as Record<string, unknown>;
  assert.equal(meta['io.modelcontextprotocol/logLevel'], 'error');
  assert.equal(server.of('logging/setLevel').length + server.of('resources/subscribe').length, 0);
});
