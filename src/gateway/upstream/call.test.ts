import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../base/errors.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { ResponseHead } from '../../net/http/message.ts';
import type { OutboundRequest } from '../../net/http/outbound.ts';
import { createCall } from './call.ts';
import type { RequestSigner, Upstream } from './upstream.ts';

/** An upstream that answers 200 at once, and what it was sent. */
function upstreamWith(signer: RequestSigner): { readonly upstream: Upstream; readonly sent: OutboundRequest[] } {
  const sent: OutboundRequest[] = [];
  const upstream: Upstream = {
    endpoint: {
      name: 'fake',
      takesFramed: () => true,
      dispatch(request, handler) {
        sent.push(request);
        return {
          write: () => true,
          end: () => {
            handler.onHead(new ResponseHead(200, new HeaderList(), 0), false);
            handler.onEnd(null);
          },
          abort: () => undefined,
          pause: () => undefined,
          resume: () => undefined,
        };
      },
    },
    authority: 'fake',
    namesHost: true,
    requestSteps: [],
    signer,
    responseSteps: [],
    transform: null,
    redirect: null,
    requestTimeoutMs: 0,
  };
  return { upstream, sent };
}

const request = { method: 'POST', path: '/a?b=1', headers: new HeaderList(), body: Buffer.from('abc') };

test('a call is signed with its body before it is sent', async () => {
  const { upstream, sent } = upstreamWith({
    coversBody: true,
    sign: (head, body) =>
      head.headers.set('signature', `${head.path}${head.query} ${Buffer.from(body ?? []).toString()}`),
  });
  assert.equal((await createCall(upstream)(request)).status, 200);
  assert.equal(sent[0]?.headers.get('signature'), '/a?b=1 abc');
  assert.equal(request.headers.size, 0);
});

test('a call waits for its credential, and fails with it', async () => {
  const wait = Promise.withResolvers<void>();
  const { upstream, sent } = upstreamWith({ coversBody: false, sign: () => wait.promise });
  const reply = createCall(upstream)(request);
  assert.equal(sent.length, 0);
  wait.resolve();
  assert.equal((await reply).status, 200);
  for (const sign of [
    () => Promise.reject(new GatewayError('credentialsFailed')),
    () => {
      throw new GatewayError('credentialsFailed');
    },
  ]) {
    const failing = upstreamWith({ coversBody: false, sign });
    await assert.rejects(createCall(failing.upstream)(request), { reason: 'credentialsFailed' });
    assert.equal(failing.sent.length, 0);
  }
});

test('a call that is given up while it waits is never sent', async () => {
  const wait = Promise.withResolvers<void>();
  const { upstream, sent } = upstreamWith({ coversBody: false, sign: () => wait.promise });
  const abort = new AbortController();
  const reply = createCall(upstream)({ ...request, signal: abort.signal });
  abort.abort();
  await assert.rejects(reply, { reason: 'clientGone' });
  wait.resolve();
  await wait.promise;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sent.length, 0);
});
