/** Pictures that a request names by URL, for a provider that takes only bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer } from '../../testkit/upstream.ts';
import { aiRoute, chat, messages, says } from './ai-route.ts';

const gemini = says(200, {
  candidates: [{ content: { role: 'model', parts: [{ text: 'a cat' }] }, finishReason: 'STOP' }],
});

const pictures: Answer = (request, response) => {
  if (request.url === '/cat.png') response.writeHead(200, { 'content-type': 'image/png' }).end('meow');
  else if (request.url === '/paper.pdf') response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF');
  else if (request.url === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  else response.writeHead(404).end();
};

function asking(...urls: readonly string[]): object {
  const images = urls.map((url) => ({ type: 'image_url', image_url: { url } }));
  return { messages: [{ role: 'user', content: [{ type: 'text', text: 'what is it?' }, ...images] }] };
}

const fetches = (more: string): string => `, media: { fetch: { allow: ["127.0.0.1"]${more} } }`;

test('a picture from a host that may be asked reaches the provider as bytes', async () => {
  await using provider = await startUpstream(gemini);
  await using server = await startUpstream(pictures);
  const groups = [[{ host: provider.host, format: 'generateContent' }]];
  await using gateway = await startGateway(aiRoute(groups, '', fetches(', privateAddresses: true')));
  const url = `http://${server.host}/cat.png`;
  const reply = await chat(gateway.port, asking(url, url));
  assert.equal(reply.status, 200, reply.text);
  assert.match(reply.text, /a cat/);
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0]?.headers['authorization'], undefined);
  const inlineData = { mimeType: 'image/png', data: Buffer.from('meow').toString('base64') };
  const sent = JSON.parse(provider.requests[0]?.body.toString() ?? '') as {
    readonly contents: readonly [{ readonly parts: readonly unknown[] }];
  };
  assert.deepEqual(sent.contents[0].parts, [{ text: 'what is it?' }, { inlineData }, { inlineData }]);
});

test('after a provider that takes pictures by URL, one that takes none gets their bytes', async () => {
  await using failing = await startUpstream(says(500, { error: { message: 'no' } }));
  await using provider = await startUpstream(gemini);
  await using server = await startUpstream(pictures);
  const groups = [[{ host: failing.host }], [{ host: provider.host, format: 'generateContent' }]];
  await using gateway = await startGateway(aiRoute(groups, '', fetches(', privateAddresses: true')));
  const named = (path: string): object => ({ type: 'url', url: `http://${server.host}${path}` });
  const content = [
    { type: 'image', source: named('/cat.png') },
    { type: 'document', source: named('/paper.pdf') },
  ];
  const reply = await messages(gateway.port, { messages: [{ role: 'user', content }] });
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(server.requests.map(({ url }) => url).toSorted(), ['/cat.png', '/paper.pdf']);
  const said = (path: string): string => Buffer.from(path).toString('base64');
  const sent = provider.requests[0]?.body.toString() ?? '';
  assert.ok(sent.includes(said('meow')) && sent.includes(said('%PDF')), sent);
  const first = failing.requests[0]?.body.toString() ?? '';
  assert.ok(first.includes('/cat.png') && first.includes(said('%PDF')), first);
});

const refusals: readonly (readonly [string, string, string, RegExp])[] = [
  ['nothing is fetched where the file does not say so', '', '/cat.png', /\(image\.url\) is not supported/],
  ['private addresses are not asked', fetches(''), '/cat.png', /not public/],
  ['a missing picture is told', fetches(', privateAddresses: true'), '/none.png', /status 404/],
  ['a page is no picture', fetches(', privateAddresses: true'), '/page', /text\/html/],
  [
    'a picture beyond the limit is told',
    fetches(', privateAddresses: true, maxBytes: 3'),
    '/cat.png',
    /larger than 3 bytes/,
  ],
];
for (const [name, media, path, message] of refusals) {
  test(`${name}: 400 in the client's own shape, and the provider is not asked`, async () => {
    await using provider = await startUpstream(gemini);
    await using server = await startUpstream(pictures);
    await using gateway = await startGateway(
      aiRoute([[{ host: provider.host, format: 'generateContent' }]], '', media),
    );
    const reply = await chat(gateway.port, asking(`http://${server.host}${path}`));
    assert.equal(reply.status, 400);
    const { error } = JSON.parse(reply.text) as { readonly error: { readonly message: string; readonly type: string } };
    assert.match(error.message, message);
    assert.equal(error.type, 'invalid_request_error');
    assert.equal(provider.requests.length, 0);
  });
}
