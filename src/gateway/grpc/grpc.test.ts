import assert from 'node:assert/strict';
import { it } from 'node:test';
import { GatewayError } from '../../base/errors.ts';
import { grpcTimeoutMs } from './deadline.ts';
import { grpcError, grpcStatus } from './status.ts';

it('reads how long a client of gRPC waits', () => {
  for (const [text, ms] of [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['30S', 30_000],
    ['250m', 250],
    ['1500u', 2],
    ['1n', 1],
    ['99999999n', 100],
  ] as const) {
    assert.equal(grpcTimeoutMs(text), ms, text);
  }
  assert.equal(grpcTimeoutMs(undefined), null);
  for (const text of ['', '5', '5s', '123456789S', '-1S', '1.5S', ' 1S']) {
    assert.equal(grpcTimeoutMs(text), null, text);
  }
});

it('tells clients of gRPC what failed in their own codes', () => {
  const status = (reason: ConstructorParameters<typeof GatewayError>[0]): number =>
    grpcStatus(new GatewayError(reason));
  assert.deepEqual(
    [status('routeNotFound'), status('connectFailed'), status('upstreamTimeout'), status('bodyTooLarge')],
    [12, 14, 4, 8],
  );
  assert.equal(grpcStatus(new GatewayError('internal', '', { status: 418 })), 2);
  const { headers } = grpcError(new GatewayError('connectFailed', '100 % größer\n'));
  assert.equal(headers.get('grpc-message'), '100 %25 gr%C3%B6%C3%9Fer%0A');
});
