import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { send } from '../../../testkit/client.ts';
import { oneRoute } from '../../../testkit/configurations.ts';
import { startGateway } from '../../../testkit/gateway.ts';
import { startUpstream, type Upstream } from '../../../testkit/upstream.ts';
import { installServices, startExtProc } from './programs.ts';

before(installServices, { timeout: 600_000 });

/** An upstream that answers with what it got, in two pieces and with a trailer. */
function startEcho(): Promise<Upstream> {
  return startUpstream((request, response) => {
    const half = request.body.byteLength >> 1;
    response.setHeader('x-seen', String(request.headers['x-ext-proc']));
    response.setHeader('trailer', 'x-last');
    response.write(request.body.subarray(0, half));
    response.write(request.body.subarray(half));
    response.addTrailers({ 'x-last': 'upstream', 'x-request-trailer': String(request.trailers['x-ext-proc']) });
    response.end();
  });
}

const bodyModes = ['none', 'buffered', 'bufferedPartial', 'streamed', 'fullDuplexStreamed'];
const body = 'abc'.repeat(5000);

for (const mode of bodyModes) {
  test(`a service on Envoy’s own API sees and changes everything: ${mode}`, async () => {
    await using service = await startExtProc();
    await using upstream = await startEcho();
    const policies = `
    extProc:
      host: "${service.host}"
      processingOptions: { requestBodyMode: ${mode}, responseBodyMode: ${mode} }
    transformations: { request: { set: { x-fact: extproc.seen.do } } }`;
    await using gateway = await startGateway(oneRoute(policies, upstream.host));
    const post = (what: string): ReturnType<typeof send> =>
      send(gateway.port, {
        method: 'POST',
        path: '/',
        headers: { 'x-do': what, 'x-remove': '1', te: 'trailers', trailer: 'x-t' },
        body,
        trailers: { 'x-t': '1' },
      });
    const same = await post('echo');
    assert.deepEqual([same.status, same.text === body, same.headers['x-ext-proc']], [200, true, undefined]);
    const upper = await post('upper');
    assert.equal(upper.status, 200);
    assert.deepEqual([upper.headers['x-ext-proc'], upper.headers['x-seen']], ['response', 'request']);
    assert.equal(upper.text, mode === 'none' ? body : body.toUpperCase());
    const seen = await upstream.request(2);
    assert.deepEqual([seen.headers['x-fact'], seen.headers['x-remove']], ['upper', undefined]);
    if (mode !== 'bufferedPartial') assert.equal(upper.trailers['x-ext-proc'], 'response');
    const denied = await post('deny');
    assert.deepEqual([denied.status, denied.text], [418, 'no tea']);
    if (mode === 'none') return;
    const cleared = await post('clear');
    assert.deepEqual([cleared.status, cleared.text], [200, '']);
    if (mode !== 'fullDuplexStreamed') return;
    const whole = await post('whole');
    assert.deepEqual([whole.status, whole.text], [200, body.toUpperCase()]);
    assert.deepEqual([whole.headers['x-ext-proc'], whole.headers['x-seen']], ['whole', 'whole']);
  });
}

test('what is told to the service is what its own API reads', async () => {
  await using service = await startExtProc();
  await using upstream = await startEcho();
  const policies = `
    extProc:
      host: "${service.host}"
      metadataContext: { app: { who: request.host, list: '[1, true, null, "x"]' } }
      requestAttributes: { size: size(request.path), at: 'request.headers["x-do"]' }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const reply = await send(gateway.port, {
    path: '/p?q=%C3%B6',
    headers: { host: 'a.example', 'x-do': 'dump' },
  });
  const dump = JSON.parse(reply.text) as {
    readonly requestHeaders: { readonly headers: { readonly headers: readonly { key: string; rawValue: string }[] } };
  };
  const { requestHeaders, ...rest } = dump;
  assert.deepEqual(rest, {
    metadataContext: { filterMetadata: { app: { who: 'a.example', list: [1, true, null, 'x'] } } },
    attributes: { 'envoy.filters.http.ext_proc': { size: 2, at: 'dump' } },
    protocolConfig: { requestBodyMode: 'FULL_DUPLEX_STREAMED', responseBodyMode: 'FULL_DUPLEX_STREAMED' },
  });
  const fields = requestHeaders.headers.headers.map(({ key, rawValue }) => [
    key,
    Buffer.from(rawValue, 'base64').toString(),
  ]);
  assert.deepEqual(fields.slice(0, 5), [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'a.example'],
    [':path', '/p?q=%C3%B6'],
    ['x-do', 'dump'],
  ]);
});
