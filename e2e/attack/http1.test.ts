import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RawClient } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { bytesOf, casesOf, type Http1Case } from './cases.ts';
import { connect, listeners, servesAsEver } from './clients.ts';
import { attacked } from './configuration.ts';
import { differences } from './differences.ts';
import { StrictUpstream } from './strict-upstream.ts';

const families = [
  'authority',
  'chunks',
  'cl-te',
  'content-length',
  'fields',
  'line-ends',
  'pipelines',
  'request-line',
  'te-te',
];

describe('what servers read differently, over HTTP/1', () => {
  for (const family of families) {
    const { about, cases } = casesOf<Http1Case>(family);
    for (const listener of listeners) {
      test(`${family}, ${listener}: ${about}`, async () => {
        await using upstream = await StrictUpstream.start();
        await using gateway = await startGateway(attacked(upstream.host));
        const wrong: string[] = [];
        for (const one of cases) {
          const found = await answersTo(one, connect(gateway, listener, 'http/1.1'));
          if (found !== one.answers) wrong.push(`${one.name}: answers "${found}", not "${one.answers}"`);
          wrong.push(...differences(one, upstream.take()).map((what) => `${one.name}: ${what}`));
        }
        assert.deepEqual(wrong, []);
        assert.deepEqual(upstream.faults, []);
        await servesAsEver(gateway);
      });
    }
  }
});

/** Sends a case; the codes of all answers, however many come until the connection has ended. */
async function answersTo(one: Http1Case, client: RawClient): Promise<string> {
  const wanted = one.answers === '' ? 0 : one.answers.split(' ').length;
  const statuses = (): string[] =>
    [...client.received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map((match) => match[1] ?? '');
  client.socket.write(bytesOf(one.send));
  await client.until(() => statuses().length >= wanted || client.ended || client.closed, one.name);
  client.socket.end();
  await client.until(() => client.ended || client.closed, `the end of ${one.name}`);
  client.destroy();
  return statuses().join(' ');
}
