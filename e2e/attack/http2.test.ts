import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RawClient } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { casesOf, type Http2Case } from './cases.ts';
import { connect, listeners, servesAsEver } from './clients.ts';
import { attacked } from './configuration.ts';
import { differences } from './differences.ts';
import { framesOf, hear, lastPing, preface } from './raw-http2.ts';
import { StrictUpstream } from './strict-upstream.ts';

describe('what servers read differently, over HTTP/2 to an upstream of HTTP/1', () => {
  for (const family of ['h2-fields', 'h2-bodies', 'h2-frames']) {
    const { about, cases } = casesOf<Http2Case>(family);
    for (const listener of listeners) {
      test(`${family}, ${listener}: ${about}`, async () => {
        await using upstream = await StrictUpstream.start();
        await using gateway = await startGateway(attacked(upstream.host));
        const wrong: string[] = [];
        for (const one of cases) {
          const end = await endOf(one, connect(gateway, listener, 'h2'));
          if (!one.ends.includes(end)) wrong.push(`${one.name}: ${end}, not ${one.ends.join(' or ')}`);
          wrong.push(...differences(one, upstream.take()).map((what) => `${one.name}: ${what}`));
        }
        assert.deepEqual(wrong, []);
        assert.deepEqual(upstream.faults, []);
        await servesAsEver(gateway);
      });
    }
  }
});

/** Sends a case; how it ended, in the words of {@link Http2Case.ends}. */
async function endOf(one: Http2Case, client: RawClient): Promise<string> {
  client.socket.write(Buffer.concat([preface, ...one.frames.map(framesOf), lastPing]));
  const quiet = one.ends.find((end) => end === 'alive' || end === 'none');
  const end = (): string | undefined => {
    const { statuses, resets, goaways, pinged } = hear(client.received);
    if (goaways.some((code) => code !== 0)) return 'goaway';
    if (statuses.length > 0) return `status ${statuses[0]}`;
    if (resets > 0) return 'reset';
    if (client.ended || client.closed) return 'goaway';
    return pinged ? quiet : undefined;
  };
  try {
    await client.until(() => end() !== undefined, one.name);
    return end() ?? '';
  } catch {
    return 'nothing';
  } finally {
    client.destroy();
  }
}
