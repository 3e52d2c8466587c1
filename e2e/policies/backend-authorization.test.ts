import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import OpenAI, * as openai from 'openai';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';
import { connectionPerRequest } from '../mcp/mcp-gateway.ts';
import { configFile, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';

const keysOf = { red: '[red]', blue: '[blue]', both: '[red, blue]' };
const keys = `apiKey: { mode: optional, keys: [${Object.entries(keysOf)
  .map(([key, groups]) => `{ key: ${key}, metadata: { groups: ${groups} } }`)
  .join(', ')}] }`;

/** A gateway whose one route has these policies and this backend: flow text of YAML. */
const start = (policies: string, backend: string): Promise<TestGateway> =>
  startGateway(oneRoute(policies, [backend.replaceAll('\n', ' ')]));

const client = (gateway: TestGateway, apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${gateway.port}/v1`, maxRetries: 0 });
const ask = (of: OpenAI, model: string): Promise<unknown> =>
  of.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });

test('what the policies of a route and of its backend both permit passes', async () => {
  await using upstream = await startUpstream();
  const route = `{ ${keys}, authorization: { cedar: { policies: '@id("route") permit(principal in Group::"red", action, resource);' } } }`;
  const backend = `{ host: "${upstream.host}", policies: { authorization: {
    rules: [{ deny: "request.path == '/closed'" }],
    cedar: { policies: '@id("backend") permit(principal in Group::"blue", action == Action::"http:GET", resource == Route::"default/only");' } } } }`;
  await using gateway = await start(route, backend);
  const status = async (key: string, path = '/', method = 'GET'): Promise<number> =>
    (await send(gateway.port, { method, path, headers: { authorization: `Bearer ${key}` } })).status;
  assert.deepEqual(
    [
      await status('both'),
      await status('red'),
      await status('blue'),
      await status('both', '/', 'DELETE'),
      await status('both', '/closed'),
    ],
    [200, 403, 403, 403, 403],
  );
  assert.equal(upstream.requests.length, 1);
  assert.deepEqual(
    (await gateway.lines(5)).map((line) => line['waygate.authorization.by']),
    ['backend', 'no policy permits it', 'no policy permits it', 'no policy permits it', 'deny 1'],
  );
});

/** A provider that answers with its name, or with a failure. */
async function provider(t: TestContext, name: string, status = 200): Promise<Upstream> {
  const upstream = await startUpstream((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: name, object: 'chat.completion', created: 1, model: name, choices: [] }));
  });
  t.after(() => upstream.close());
  return upstream;
}

test('a provider is asked by those only whom its own rules and policies permit it, also when another fails', async (t) => {
  const [first, second] = [await provider(t, 'first', 503), await provider(t, 'second')];
  const one = (name: string, { host }: Upstream, authorization: string): string =>
    `{ name: ${name}, provider: { openAI: {} }, hostOverride: "${host}", policies: { backendAuth: { key: k }, authorization: ${authorization} } }`;
  const backend = `{ ai: { groups: [
    { providers: [${one('first', first, '{ rules: [{ require: "\'red\' in apiKey.groups" }] }')}] },
    { providers: [${one('second', second, `{ cedar: { policies: '@id("second") permit(principal in Group::"blue", action in Action::"llm", resource in Provider::"second");' } }`)}] } ] } }`;
  await using gateway = await start(`{ ${keys} }`, backend);
  // Nobody else may serve this one: the failure of the first is its answer.
  await assert.rejects(ask(client(gateway, 'red'), 'm'), openai.InternalServerError);
  assert.deepEqual([first.requests.length, second.requests.length], [1, 0]);
  await ask(client(gateway, 'blue'), 'm');
  assert.deepEqual([first.requests.length, second.requests.length], [1, 1]);
  await ask(client(gateway, 'both'), 'm');
  assert.equal(second.requests.length, 2);
  const asked = (): number => first.requests.length + second.requests.length;
  const before = asked();
  const none = await send(gateway.port, {
    method: 'POST',
    path: '/v1/chat/completions',
    body: '{"model":"m","messages":[]}',
  });
  assert.equal(none.status, 403);
  assert.equal(asked(), before);
});

test('policies of a model: who may not use it does not see it', async () => {
  const cedar = (text: string): string => `authorization: { cedar: { policies: '${text}' } }`;
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
llm:
  policies: { ${keys}, ${cedar('@id("all") permit(principal is ApiKey, action in Action::"llm", resource);')} }
  models:
  - { name: open, provider: demo }
  - { name: closed, provider: demo, ${cedar('@id("red") permit(principal in Group::"red", action in Action::"llm", resource == Model::"closed");')} }
`);
  const listed = async (key: string): Promise<string[]> =>
    (await Array.fromAsync(client(gateway, key).models.list())).map(({ id }) => id);
  assert.deepEqual(await listed('red'), ['open', 'closed']);
  assert.deepEqual(await listed('blue'), ['open']);
  await ask(client(gateway, 'red'), 'closed');
  await ask(client(gateway, 'blue'), 'open');
  await assert.rejects(ask(client(gateway, 'blue'), 'closed'), openai.PermissionDeniedError);
  assert.deepEqual(
    (await gateway.lines(5)).map((line) => [line['waygate.authorization.by'], line['waygate.authorization.hidden']]),
    [
      [undefined, undefined],
      ['no policy permits it', 1],
      ['all, red', undefined],
      ['all', undefined],
      ['no policy permits it', undefined],
    ],
  );
});

test('of several entries of one name each client gets the first that it may use, and no wildcard stands in for it', async (t) => {
  const [first, second, any] = [await provider(t, 'first'), await provider(t, 'second'), await provider(t, 'any')];
  const model = (name: string, { host }: Upstream, rule?: string): string =>
    `  - { name: "${name}", provider: openAI, params: { apiKey: k, baseUrl: "http://${host}/v1" }${rule === undefined ? '' : `, authorization: { rules: ["${rule}"] }`} }`;
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
llm:
  policies: { ${keys} }
  models:
${[model('m', first, "'red' in apiKey.groups"), model('m', second, "'blue' in apiKey.groups"), model('*', any)].join('\n')}
  virtualModels: [{ name: v, routing: { weighted: { targets: [{ model: m, weight: 1 }] } } }]
`);
  const counts = (): readonly number[] => [first, second, any].map(({ requests }) => requests.length);
  await ask(client(gateway, 'red'), 'm');
  assert.deepEqual(counts(), [1, 0, 0]);
  await ask(client(gateway, 'blue'), 'm');
  await ask(client(gateway, 'blue'), 'v');
  assert.deepEqual(counts(), [1, 2, 0]);
  await ask(client(gateway, 'both'), 'm');
  assert.deepEqual(counts(), [2, 2, 0]);
  const body = '{"model":"m","messages":[]}';
  assert.equal((await send(gateway.port, { method: 'POST', path: '/v1/chat/completions', body })).status, 403);
  const listed = async (apiKey: string): Promise<string[]> =>
    (await Array.fromAsync(client(gateway, apiKey).models.list())).map(({ id }) => id);
  assert.deepEqual(await listed('blue'), ['m', '*', 'v']);
  assert.equal((await client(gateway, 'blue').models.retrieve('m')).id, 'm');
  assert.equal((await send(gateway.port, { path: '/v1/models/m' })).status, 404);
  assert.deepEqual(counts(), [2, 2, 0]);
});

for (const [workers, shared] of [
  [1, false],
  [3, false],
  [3, true],
] as const) {
  test(`policies of an MCP backend${shared ? ' and of its route' : ''}, whichever worker has the session (workers: ${workers})`, async (t) => {
    const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
    const backend = `{ mcp: { targets: [{ name: all, stdio: { cmd: node, args: [${everything}, stdio] } }] },
      policies: { authorization: { cedar: { policies: '@id("red") permit(principal in Group::"red", action in Action::"mcp", resource in Route::"default/only");' } } } }`;
    const tools = `@id("tools") permit(principal, action in Action::"mcp:tools", resource) when { resource.name == "echo" || resource.name == "get-sum" };`;
    const ports = await processPorts();
    const config = processSection(ports, workers);
    const policies = `{ ${keys}${shared ? `, authorization: { cedar: { policies: '${tools}' } }` : ''} }`;
    const file = configFile(
      t,
      oneRoute(policies, [backend.replaceAll('\n', ' ')], config).replace('$PORT', String(ports.data)),
    );
    await startWaygate(t, { args: ['-f', file] }).says('ready');
    const connect = async (key: string): Promise<Client> => {
      const mcp = new Client({ name: 'test', version: '1' });
      const requestInit = { headers: { authorization: `Bearer ${key}` } };
      const url = new URL(`http://127.0.0.1:${ports.data}/mcp`);
      await mcp.connect(new StreamableHTTPClientTransport(url, { requestInit, fetch: connectionPerRequest().fetch }));
      t.after(() => mcp.close());
      return mcp;
    };
    const [red, blue] = [await connect('red'), await connect('blue')];
    for (let i = 0; i < 3; i++) {
      const names = (await red.listTools()).tools.map(({ name }) => name).toSorted();
      if (shared) assert.deepEqual(names, ['echo', 'get-sum']);
      else assert.ok(names.length > 5);
      assert.deepEqual((await blue.listTools()).tools, []);
      assert.match(JSON.stringify(await red.callTool({ name: 'echo', arguments: { message: 'hi' } })), /hi/);
      await assert.rejects(blue.callTool({ name: 'echo', arguments: { message: 'hi' } }), /Unknown tool: echo/);
    }
  });
}
