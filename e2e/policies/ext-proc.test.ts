import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import {
  bodySendModes,
  type PartResponse,
  type ProcessingRequest,
  type ProcessingResponse,
} from '../../src/net/grpc/envoy/ext-proc.ts';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { closedHost, startUpstream } from '../../testkit/upstream.ts';
import {
  unchanged,
  replying,
  text,
  field,
  set,
  body,
  policy,
  modes,
  echo,
  wholeAtOnce,
  duplexed,
} from './ext-proc-support.ts';

test('heads are shown and changed, and facts are told to expressions', async () => {
  await using upstream = await echo();
  await using service = await replying((message) => {
    if (message.requestHeaders !== undefined) {
      return {
        requestHeaders: {
          response: {
            headerMutation: {
              setHeaders: [
                { header: { key: 'x-new', value: '1' } },
                { header: { key: ':path', value: '/changed?x=1' } },
                { header: { key: ':method', value: 'DELETE' } },
                { header: { key: ':authority', value: 'evil.example' } },
                { header: { key: 'host', value: 'evil.example' } },
                { header: { key: 'content-length', value: '7' } },
              ],
              removeHeaders: ['x-old', 'host'],
            },
          },
        },
        dynamicMetadata: { team: { name: 'blue' } },
      };
    }
    return { responseHeaders: set([':status', '203'], ['x-from', 'service']), dynamicMetadata: { more: 1 } };
  });
  const config = `
    extProc:
      host: "${service.host}"
      processingOptions: { requestBodyMode: none, responseBodyMode: none }
      metadataContext: { app: { who: request.host }, agentgateway.dev.grpc_initial_metadata: { x-tenant: '"t1"' } }
      requestAttributes: { method: request.method }
      responseAttributes: { code: response.code }
    transformations: { request: { set: { x-team: extproc.team.name } } }`;
  await using gateway = await startGateway(oneRoute(config, upstream.host));
  const headers = { host: 'a.example', 'x-old': '1', 'x-twice': ['a', 'b'] };
  const reply = await send(gateway.port, { path: '/p?q', headers });
  assert.deepEqual([reply.status, reply.headers['x-from'], reply.text], [203, 'service', 'got ']);
  const seen = await upstream.request(1);
  const { host, 'x-new': added, 'x-old': removed, 'x-team': team } = seen.headers;
  assert.deepEqual(
    [seen.method, seen.url, host, added, removed, team],
    ['GET', '/changed?x=1', 'a.example', '1', undefined, 'blue'],
  );
  const [call] = service.calls;
  await eventually(() => call?.closed === true, 'the end of the stream');
  assert.deepEqual([call?.halfClosed, call?.stream.rstCode], [true, 0]);
  assert.equal(call?.headers['x-tenant'], 't1');
  const [first, second] = call?.messages ?? [];
  assert.deepEqual(
    [':method', ':scheme', ':authority', ':path', 'x-old'].map((name) => field(first?.requestHeaders, name)),
    ['GET', 'http', 'a.example', '/p?q', '1'],
  );
  assert.equal(first?.requestHeaders?.endOfStream, true);
  assert.equal(first?.requestHeaders?.headers?.headers?.filter(({ key }) => key === 'x-twice').length, 2);
  assert.deepEqual({ ...first?.metadataContext?.filterMetadata?.get('app') }, { who: 'a.example' });
  assert.deepEqual([...(first?.metadataContext?.filterMetadata?.keys() ?? [])], ['app']);
  const namespace = 'envoy.filters.http.ext_proc';
  assert.deepEqual({ ...first?.attributes?.get(namespace) }, { method: 'GET' });
  assert.deepEqual({ ...second?.attributes?.get(namespace) }, { code: 200 });
  assert.deepEqual([first?.protocolConfig !== undefined, second?.protocolConfig], [true, undefined]);
  assert.equal(field(second?.responseHeaders, ':status'), '200');
});

test('whole bodies are shown, replaced and cleared, with their heads', async () => {
  await using upstream = await echo();
  await using service = await replying((message) => {
    if (message.requestBody !== undefined) {
      const { response } = body(`${text(message.requestBody.body)}!`);
      return { requestBody: { response: { ...response, ...set(['x-len', 'n']).response } } };
    }
    if (message.responseBody !== undefined) {
      const { response } = body(text(message.responseBody.body).toUpperCase());
      return { responseBody: { response: { ...response, ...set(['x-late', 'yes'], [':status', '202']).response } } };
    }
    return unchanged(message);
  });
  await using gateway = await startGateway(oneRoute(policy(service, modes('buffered', 'buffered')), upstream.host));
  const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
  assert.deepEqual([reply.status, reply.text, reply.headers['content-length']], [202, 'GOT HELLO!', '10']);
  assert.equal(reply.headers['x-late'], 'yes');
  assert.equal((await upstream.request(1)).headers['x-len'], 'n');
  assert.deepEqual(
    service.calls[0]?.messages.map((message) => Object.keys(message)[0]),
    ['requestHeaders', 'requestBody', 'responseHeaders', 'responseBody'],
  );
  assert.equal(service.calls[0]?.messages[1]?.requestBody?.endOfStream, true);
  service.serve((call, message) => {
    if (message === null) return call.end();
    const clear: PartResponse = { response: { bodyMutation: { clearBody: true } } };
    if (message.requestBody !== undefined) return call.reply({ requestBody: clear });
    if (message.responseBody !== undefined) return call.reply({ responseBody: clear });
    return call.reply(unchanged(message));
  });
  const cleared = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
  assert.deepEqual([cleared.status, cleared.text], [200, '']);
  assert.equal((await upstream.request(2)).body.toString(), '');
});

test('a body beyond what is held is refused, or shown in part', async () => {
  const long = 'x'.repeat(400_000);
  await using upstream = await startUpstream((request, response) => response.end(request.body));
  await using service = await replying((message) => {
    const shown = message.requestBody ?? message.responseBody;
    if (shown === undefined) return unchanged(message);
    const changed = body('[some]');
    return message.requestBody === undefined ? { responseBody: changed } : { requestBody: changed };
  });
  const extra = 'frontendPolicies: { http: { maxBufferSize: 20000 } }';
  const config = (request: string, response: string): string =>
    oneRoute(policy(service, modes(request, response)), upstream.host, extra);
  await using gateway = await startGateway(config('buffered', 'none'));
  const post = { method: 'POST', path: '/', body: long };
  assert.equal((await send(gateway.port, post)).status, 413);
  await gateway.reload(config('none', 'buffered'));
  const response = await send(gateway.port, post);
  assert.equal(response.status, 500);
  assert.match(response.text, /externalProcessingFailed/);
  await gateway.reload(config('bufferedPartial', 'none'));
  const request = await send(gateway.port, post);
  assert.match(request.text, /^\[some\]x+$/);
  assert.ok(request.text.length < 400_000, String(request.text.length));
  await gateway.reload(config('none', 'bufferedPartial'));
  const partly = await send(gateway.port, post);
  assert.match(partly.text, /^\[some\]x+$/);
  assert.equal((await send(gateway.port, { ...post, body: 'short' })).text, '[some]');
});

test('bodies are shown chunk by chunk, each with its answer', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.write(request.body);
    setImmediate(() => response.end('tail'));
  });
  await using service = await replying((message) => {
    const { requestBody, responseBody } = message;
    if (requestBody !== undefined)
      return { requestBody: body(requestBody.endOfStream === true ? '.' : text(requestBody.body).toUpperCase()) };
    if (responseBody !== undefined) {
      return responseBody.endOfStream === true ? { responseBody: body('.') } : { responseBody: {} };
    }
    return unchanged(message);
  });
  await using gateway = await startGateway(oneRoute(policy(service, modes('streamed', 'streamed')), upstream.host));
  const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
  assert.deepEqual([reply.status, reply.text, reply.headers['content-length']], [200, 'HELLO.tail.', undefined]);
});

test('a service may want both bodies whole before it answers about their heads', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.setHeader('x-whole-request', String(request.headers['x-whole']));
    response.end(request.body);
  });
  await using service = await wholeAtOnce((whole) => [whole.slice(0, 3), whole.slice(3), '!']);
  await using gateway = await startGateway(oneRoute(policy(service), upstream.host));
  const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
  assert.deepEqual([reply.status, reply.text], [200, 'hello!!']);
  assert.deepEqual([reply.headers['x-whole'], reply.headers['x-whole-request']], ['yes', 'yes']);
  const bodyless = await send(gateway.port, { path: '/' });
  assert.deepEqual([bodyless.status, bodyless.text], [200, '!']);
});

test('trailers are shown and changed', async () => {
  await using upstream = await startUpstream((request, response) => {
    response.writeHead(200, { trailer: 'x-trailer' });
    response.write(request.body);
    response.addTrailers({ 'x-trailer': String(request.trailers['x-trailer']) });
    response.end();
  });
  const seen = new Set<string>();
  const changing = (message: ProcessingRequest): ProcessingResponse => {
    const { requestTrailers, responseTrailers } = message;
    const value = `${(requestTrailers ?? responseTrailers)?.trailers?.headers?.[0]?.rawValue}+`;
    const headerMutation = { setHeaders: [{ header: { key: 'x-trailer', value } }] };
    if (requestTrailers !== undefined) return { requestTrailers: { headerMutation } };
    if (responseTrailers !== undefined) return { responseTrailers: { headerMutation } };
    return unchanged(message);
  };
  await using service = await replying((message) => {
    for (const kind of Object.keys(message)) seen.add(kind);
    return changing(message);
  });
  const post = {
    method: 'POST',
    path: '/',
    body: 'hello',
    headers: { trailer: 'x-trailer', te: 'trailers' },
    trailers: { 'x-trailer': 'a' },
  };
  for (const [request, response] of [
    ['none', 'none'],
    ['streamed', 'streamed'],
    ['buffered', 'buffered'],
  ] as const) {
    await using gateway = await startGateway(oneRoute(policy(service, modes(request, response)), upstream.host));
    const reply = await send(gateway.port, post);
    assert.deepEqual([reply.text, reply.trailers['x-trailer']], ['hello', 'a++'], request);
  }
  assert.ok(seen.has('requestTrailers') && seen.has('responseTrailers'));
  await using whole = await wholeAtOnce((all) => [all]);
  await using gateway = await startGateway(oneRoute(policy(whole), upstream.host));
  const reply = await send(gateway.port, post);
  assert.deepEqual([reply.text, reply.trailers['x-trailer']], ['hello', 'changed']);
});

test('a service may answer itself, at any time before the client has an answer', async () => {
  await using upstream = await echo();
  const refusal: ProcessingResponse = {
    immediateResponse: {
      status: { code: 451 },
      body: Buffer.from('not here'),
      headers: { setHeaders: [{ header: { key: 'x-why', value: 'law' } }] },
    },
  };
  for (const [mode, at, reaches] of [
    ['none', 'requestHeaders', 0],
    ['buffered', 'requestBody', 0],
    ['fullDuplexStreamed', 'requestBody', 0],
    ['none', 'responseHeaders', 1],
    ['buffered', 'responseBody', 1],
  ] as const) {
    const before = upstream.requests.length;
    await using service = await replying((message) => (at in message ? refusal : duplexed(message, mode)));
    await using gateway = await startGateway(oneRoute(policy(service, modes(mode, mode)), upstream.host));
    const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
    assert.deepEqual([reply.status, reply.text, reply.headers['x-why']], [451, 'not here', 'law'], `${mode} ${at}`);
    if (mode !== 'fullDuplexStreamed') assert.equal(upstream.requests.length - before, reaches, `${mode} ${at}`);
  }
});

test('a client of gRPC is told the status that the service has for it', async () => {
  await using service = await replying(() => ({
    immediateResponse: { status: { code: 403 }, grpcStatus: { status: 16 }, body: Buffer.from('who?') },
  }));
  await using gateway = await startGateway(oneRoute(policy(service), await closedHost()));
  const session = http2.connect(`http://127.0.0.1:${gateway.port}`);
  const stream = session.request({ ':method': 'POST', ':path': '/', 'content-type': 'application/grpc' });
  stream.end('x');
  const head = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
  });
  session.destroy();
  assert.deepEqual([head[':status'], head['grpc-status'], head['grpc-message']], [200, '16', 'who?']);
});

test('the service may choose what it is shown, where the file lets it', async () => {
  await using upstream = await echo();
  const modeOverride = { requestBodyMode: bodySendModes.buffered, responseHeaderMode: 2, responseBodyMode: 0 };
  await using service = await replying((message) => ({ ...unchanged(message), modeOverride }));
  const config = (more: string): string => oneRoute(policy(service, modes('none', 'buffered', more)), upstream.host);
  await using gateway = await startGateway(config('allowModeOverride: true'));
  const post = { method: 'POST', path: '/', body: 'hello' };
  const kinds = (call: number): readonly (string | undefined)[] =>
    service.calls[call]?.messages.map((message) => Object.keys(message)[0]) ?? [];
  assert.equal((await send(gateway.port, post)).text, 'got hello');
  await eventually(() => service.calls[0]?.halfClosed === true);
  assert.deepEqual(kinds(0), ['requestHeaders', 'requestBody']);
  await gateway.reload(config('allowModeOverride: false'));
  assert.equal((await send(gateway.port, post)).text, 'got hello');
  await eventually(() => service.calls[1]?.halfClosed === true);
  assert.deepEqual(kinds(1), ['requestHeaders', 'responseHeaders', 'responseBody']);
});

test('a service may replace a body at once and see no more of it', async () => {
  await using upstream = await echo();
  await using service = await replying((message) => {
    const replace: PartResponse = { response: { status: 1, bodyMutation: { body: Buffer.from('mine') } } };
    return message.requestHeaders === undefined ? { responseHeaders: replace } : { requestHeaders: replace };
  });
  await using gateway = await startGateway(oneRoute(policy(service, modes('buffered', 'buffered')), upstream.host));
  const reply = await send(gateway.port, { method: 'POST', path: '/', body: 'hello' });
  assert.deepEqual([reply.status, reply.text, reply.headers['x-from']], [200, 'mine', 'upstream']);
  assert.equal((await upstream.request(1)).body.toString(), 'mine');
});

test('variants show requests to different services', async () => {
  await using upstream = await echo();
  await using one = await replying((message) =>
    message.responseHeaders === undefined ? unchanged(message) : { responseHeaders: set(['x-by', 'one']) },
  );
  await using two = await replying((message) =>
    message.responseHeaders === undefined ? unchanged(message) : { responseHeaders: set(['x-by', 'two']) },
  );
  const options = modes('none', 'none');
  const config = `
    extProc:
      conditional:
      - { condition: 'request.path == "/one"', host: "${one.host}", ${options} }
      - { host: "${two.host}", ${options} }`;
  await using gateway = await startGateway(oneRoute(config, upstream.host));
  assert.equal((await send(gateway.port, { path: '/one' })).headers['x-by'], 'one');
  assert.equal((await send(gateway.port, { path: '/' })).headers['x-by'], 'two');
});

test('responses are shown after they were transformed, and before they are compressed', async () => {
  await using upstream = await startUpstream((_request, response) => response.end('plain'));
  const seen: string[] = [];
  await using service = await replying((message) => {
    if (message.responseBody !== undefined) seen.push(text(message.responseBody.body));
    return unchanged(message);
  });
  const config = `
    extProc: { host: "${service.host}", ${modes('none', 'buffered')} }
    transformations: { response: { body: '"changed " + string(response.body)' } }
    compression: { minSize: 0 }`;
  await using gateway = await startGateway(oneRoute(config, upstream.host));
  const reply = await fetch(`http://127.0.0.1:${gateway.port}/`);
  assert.equal(await reply.text(), 'changed plain');
  assert.deepEqual(seen, ['changed plain']);
});
