/** The cases of Autobahn's suite against an echoing server, alone and behind the gateway. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startEcho, startEchoOver2 } from '../../e2e/tunnel/websocket-ends.ts';
import { certificates } from '../../testkit/certificates.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import type { Case } from './case.ts';
import { closing } from './cases/closing.ts';
import { agreements, compression } from './cases/compressed.ts';
import { control } from './cases/control.ts';
import { fragmentation } from './cases/fragmentation.ts';
import { autoFragmented, framing, sizes } from './cases/framing.ts';
import { reservedBits, reservedOpcodes } from './cases/reserved.ts';
import { utf8 } from './cases/utf8.ts';
import { converse, overHttp1, overHttp2, type Conversation, type Open } from './conversation.ts';

interface Section {
  readonly title: string;
  readonly cases: readonly Case[];
}

const sections: readonly Section[] = [
  { title: '1 framing', cases: framing },
  { title: '2 pings and pongs', cases: control },
  { title: '3 reserved bits', cases: reservedBits },
  { title: '4 opcodes', cases: reservedOpcodes },
  { title: '5 fragmentation', cases: fragmentation },
  { title: '6 UTF-8', cases: utf8 },
  { title: '7 closing', cases: closing },
  { title: '9 sizes', cases: sizes },
  { title: '10 automatic fragmentation', cases: autoFragmented },
];
const compressed: readonly Section[] = [
  { title: '12 compression', cases: compression },
  { title: '13 compression, as agreed', cases: agreements },
];

const { ca, local } = certificates;
let ends: AsyncDisposableStack;
let upstreamPort: number;
let gateway: TestGateway;

before(async () => {
  ends = new AsyncDisposableStack();
  const upstream = ends.use(await startEcho({ perMessageDeflate: { threshold: 0 } }));
  const upstreamOfHttp2 = ends.use(await startEchoOver2());
  upstreamPort = Number(upstream.host.split(':')[1]);
  const routes = `routes: [{ backends: [{ host: "${upstream.host}" }] }]`;
  gateway = ends.use(
    await startGateway(`
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners: [{ name: plain, protocol: HTTP, ${routes} }]
- port: $PORT1
  address: ["127.0.0.1"]
  listeners: [{ name: tls, protocol: HTTPS, tls: { cert: ${local.cert}, key: ${local.key} }, ${routes} }]
- port: $PORT2
  address: ["127.0.0.1"]
  listeners:
  - name: http2
    protocol: HTTP
    routes: [{ backends: [{ host: "${upstreamOfHttp2.host}", policies: { http: { version: "2" } } }] }]
`),
  );
});

after(() => ends.disposeAsync());

const alone = overHttp1(() => upstreamPort);
const heard = new Map<Case, Conversation>();

/** What the server says without the gateway. */
async function withoutGateway(one: Case): Promise<Conversation> {
  const known = heard.get(one) ?? (await converse(alone, one));
  heard.set(one, known);
  return known;
}

/** A way to a server. */
interface Way {
  readonly title: string;
  readonly open: Open;
  readonly sections: readonly Section[];
}

const ways: readonly Way[] = [
  { title: 'without the gateway', open: alone, sections: [...sections, ...compressed] },
  { title: 'HTTP/1.1', open: overHttp1(() => gateway.port), sections: [...sections, ...compressed] },
  {
    title: 'HTTP/1.1 in TLS',
    open: overHttp1(() => gateway.ports[1] ?? 0, readFileSync(ca)),
    sections,
  },
  { title: 'HTTP/2', open: overHttp2(() => gateway.port), sections: [...sections, ...compressed] },
  { title: 'HTTP/1.1 to HTTP/2', open: overHttp1(() => gateway.ports[2] ?? 0), sections },
  { title: 'HTTP/2 to HTTP/2', open: overHttp2(() => gateway.ports[2] ?? 0), sections },
];

test('the tables have every case once', () => {
  const ids = [...sections, ...compressed].flatMap(({ cases }) => cases.map(({ id }) => id));
  assert.deepEqual([ids.length, new Set(ids).size], [513, 513]);
});

for (const { title, open, sections: shown } of ways) {
  describe(`WebSockets, ${title}`, () => {
    for (const { title: section, cases } of shown) {
      test(section, async () => {
        for (const one of cases) {
          const { lines, bytes, extensions } = await converse(open, one);
          assert.deepEqual([one.id, ...lines], [one.id, ...one.expected]);
          const direct = await withoutGateway(one);
          assert.equal(extensions, direct.extensions, one.id);
          assert.ok(bytes.equals(direct.bytes), one.id);
        }
      });
    }
  });
}
