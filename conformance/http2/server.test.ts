/** h2spec against listeners of the gateway, with an HTTP/1.1 upstream behind. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { certificates } from '../../testkit/certificates.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { exceptions, plainExceptions } from './exceptions.ts';
import { installH2spec, runH2spec } from './h2spec.ts';

/** How many cases there are; fewer would mean that the suite ended early. */
const total = 146;

/** Far longer than h2spec takes between two frames, and far shorter than it waits for an answer (2 s). */
const answerAfterMs = 150;

const { cert, key } = certificates.local;
const listeners = [
  {
    title: 'TLS, agreed on by ALPN',
    tls: true,
    settings: `protocol: HTTPS, tls: { cert: ${cert}, key: ${key} }`,
    expected: exceptions,
  },
  {
    title: 'plain TCP, with prior knowledge',
    tls: false,
    settings: 'protocol: HTTP',
    expected: { ...exceptions, ...plainExceptions },
  },
];

before(installH2spec);

for (const { title, tls, settings, expected } of listeners) {
  describe(`h2spec, strict, over ${title}`, () => {
    test('all cases, but for those that are explained', async (t) => {
      // Late, since some cases send a second frame while the stream is half closed: an answered one would be closed.
      await using upstream = await startUpstream((_request, response) => {
        setTimeout(() => response.end('longer than the windows that h2spec opens'), answerAfterMs);
      });
      await using gateway = await startGateway(`
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners: [{ name: only, ${settings}, routes: [{ backends: [{ host: "${upstream.host}" }] }] }]
`);
      const cases = await runH2spec(gateway.port, tls);
      assert.equal(cases.length, total);
      for (const { id, title: about, failure } of cases) {
        await t.test(`${id}: ${about}`, () => {
          if (expected[id] === undefined) assert.equal(failure, undefined);
          else assert.notEqual(failure, undefined, 'passes, and is listed as an exception');
        });
      }
      const known = new Set(cases.map(({ id }) => id));
      for (const id of Object.keys(expected)) assert.ok(known.has(id), `${id} is no case`);
    });
  });
}
