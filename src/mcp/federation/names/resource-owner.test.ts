/** URIs of resources with `prefixMode: onClash`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, RpcFailure } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { ModernClient } from '../../testdata/modern-client.ts';
import { EventReader, RawClient } from '../../testdata/raw-client.ts';

/** A server with these resources and templates, which knows no others. */
function server(name: string, uris: readonly string[], templates: readonly string[] = []): FakeServer {
  return new FakeServer(name, {
    capabilities: { resources: { subscribe: true }, tools: {}, completions: {} },
    answer: ({ method, params }) => {
      const uri = typeof params?.['uri'] === 'string' ? params['uri'] : '';
      if (method === 'resources/list') return { resources: uris.map((one) => ({ uri: one, name: one })) };
      if (method === 'resources/templates/list') {
        return { resourceTemplates: templates.map((one) => ({ uriTemplate: one, name: one })) };
      }
      if (method === 'tools/list') return { tools: [{ name: `show_${name}` }] };
      if (method === 'tools/call') {
        const { link, text } = (params?.['arguments'] ?? {}) as { readonly link: string; readonly text: string };
        return {
          content: [
            { type: 'resource_link', uri: link },
            { type: 'resource', resource: { uri: text, text: '' } },
          ],
        };
      }
      if (method === 'resources/read') {
        const known = uris.includes(uri) || templates.some((one) => uri.startsWith(one.slice(0, one.indexOf('{'))));
        return known ? { contents: [{ uri, text: name }] } : new RpcFailure(-32002, 'Resource not found');
      }
      return method === 'completion/complete' ? { completion: { values: [name] } } : {};
    },
  });
}

async function open(...servers: FakeServer[]): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: servers.map(({ target }) => target), prefixMode: 'onClash' }));
  await client.initialize();
  return client;
}

async function listed(client: RawClient): Promise<string[]> {
  const { result } = await client.call<{ resources: { uri: string }[] }>('resources/list');
  return result.resources.map(({ uri }) => uri);
}

/** The text of what was read, which is the name of the server; or the error's code. */
async function read(client: RawClient, uri: string): Promise<unknown> {
  const { result, error } = await client.call<{ contents: { uri: string; text: string }[] }>('resources/read', { uri });
  return error?.code ?? result.contents.map((one) => `${one.text} ${one.uri}`).join();
}

test('URIs that one target lists stay as they are, the newcomer of a clash says its target', async () => {
  const client = await open(server('a', ['x://1', 'x://2']), server('b', ['x://2', 'x://3']));
  assert.deepEqual(await listed(client), ['x://1', 'x://2', 'b+x://2', 'x://3']);
  assert.equal(await read(client, 'x://2'), 'a x://2');
  assert.equal(await read(client, 'b+x://2'), 'b b+x://2');
  assert.equal(await read(client, 'x://3'), 'b x://3');
});

test('a URI with its target is accepted, and answered as it is listed', async () => {
  const client = await open(server('a', ['x://1']), server('b', ['x://3']));
  assert.equal(await read(client, 'b+x://3'), 'b x://3');
  assert.equal(await read(client, 'a+x://3'), -32002);
});

test('a URI that reads as if it were of another target always says its own', async () => {
  const client = await open(server('a', ['b+x://3', 'git+ssh://r']), server('b', ['x://3']));
  assert.deepEqual(await listed(client), ['a+b+x://3', 'git+ssh://r', 'x://3']);
  assert.equal(await read(client, 'b+x://3'), 'b x://3');
  assert.equal(await read(client, 'a+b+x://3'), 'a a+b+x://3');
  assert.equal(await read(client, 'git+ssh://r'), 'a git+ssh://r');
});

test('a URI that nobody lists goes to the target that has a template for it', async () => {
  const a = server('a', ['x://1']);
  const b = server('b', ['x://2'], ['t://{id}/data']);
  const client = await open(a, b);
  const { result } = await client.call('resources/templates/list');
  assert.deepEqual(result, { resourceTemplates: [{ uriTemplate: 't://{id}/data', name: 't://{id}/data' }] });
  assert.equal(await read(client, 't://7/data'), 'b t://7/data');
  assert.equal(a.of('resources/read').length, 0);
});

test('templates that several targets have: the newcomer says its target, and completions find theirs', async () => {
  const client = await open(server('a', [], ['t://{id}']), server('b', [], ['t://{id}']));
  const complete = async (uri: string): Promise<unknown> => {
    const argument = { name: 'id', value: '' };
    return (await client.call('completion/complete', { ref: { type: 'ref/resource', uri }, argument })).result;
  };
  assert.deepEqual(await complete('t://{id}'), { completion: { values: ['a'] } });
  assert.deepEqual(await complete('b+t://{id}'), { completion: { values: ['b'] } });
  assert.equal(await read(client, 'b+t://1'), 'b b+t://1');
});

test('a URI that nobody lists and no template fits goes to the only target with resources', async () => {
  const toolsOnly = new FakeServer('a', { answer: () => ({ tools: [] }) });
  const b = server('b', []);
  const client = await open(toolsOnly, b);
  assert.equal(await read(client, 'y://1'), -32002);
  assert.deepEqual(b.of('resources/read')[0]?.params?.['uri'], 'y://1');
  assert.equal(toolsOnly.of('resources/read').length, 0);
});

test('or else to those with resources in turn, until one knows it', async () => {
  const unlisted = (name: string, uri: string): FakeServer =>
    new FakeServer(name, {
      capabilities: { resources: {} },
      answer: ({ method, params }) => {
        if (method === 'resources/list') return { resources: [] };
        if (method === 'resources/templates/list') return { resourceTemplates: [] };
        return params?.['uri'] === uri ? { contents: [{ uri, text: name }] } : new RpcFailure(-32002, 'no');
      },
    });
  const client = await open(unlisted('a', 'y://1'), unlisted('b', 'y://2'));
  assert.equal(await read(client, 'y://1'), 'a a+y://1');
  assert.equal(await read(client, 'y://2'), 'b b+y://2');
  assert.equal(await read(client, 'y://3'), -32002);
});

test('links and resources in results, and updates, have the form of the lists', async () => {
  const a = server('a', ['x://1']);
  const b = server('b', ['x://1', 'x://3'], ['t://{id}']);
  const client = await open(a, b);
  const call = async (link: string, text: string): Promise<unknown> => {
    const { result } = await client.call('tools/call', { name: 'show_b', arguments: { link, text } });
    const [one, two] = (result as { content: { uri?: string; resource?: { uri: string } }[] }).content;
    return [one?.uri, two?.resource?.uri];
  };
  assert.deepEqual(await call('x://3', 'x://1'), ['x://3', 'b+x://1']);
  assert.deepEqual(await call('t://4', 'y://nowhere'), ['t://4', 'b+y://nowhere']);
  assert.deepEqual(await call('https://w/', 'ui://view'), ['https://w/', 'ui://b+view']);
});

test('listeners are told by the name that they asked for', async () => {
  const a = server('a', ['x://1']);
  const b = server('b', ['x://3']);
  const client = new ModernClient(makeEndpoint({ targets: [a.target, b.target], prefixMode: 'onClash' }));
  const listen = async (uri: string): Promise<EventReader> => {
    const stream = new EventReader(
      await client.send('subscriptions/listen', { notifications: { resourceSubscriptions: [uri] } }),
    );
    assert.deepEqual((await stream.next())?.message.params?.['notifications'], { resourceSubscriptions: [uri] });
    return stream;
  };
  const bare = await listen('x://3');
  const full = await listen('b+x://3');
  b.notify('notifications/resources/updated', { uri: 'x://3' });
  assert.equal((await bare.next())?.message.params?.['uri'], 'x://3');
  assert.equal((await full.next())?.message.params?.['uri'], 'b+x://3');
  for (const stream of [bare, full]) await stream.cancel();
});
