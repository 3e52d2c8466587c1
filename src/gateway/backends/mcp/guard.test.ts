import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../net/http/headers.ts';
import type { Exchange } from '../../exchange.ts';
import { crossOrigin } from '../../policies/cors/origin-rules.ts';
import { originGuard } from './guard.ts';

interface Case {
  readonly host: string;
  readonly origin?: string;
  readonly onLoopback?: boolean;
  readonly named?: boolean;
  readonly allowed?: string[];
  readonly protect?: boolean;
  readonly fromPeer?: boolean;
  /** The route's `cors` let the page in. */
  readonly byCors?: boolean;
}

function passes({
  host,
  origin,
  onLoopback = false,
  named = false,
  allowed = [],
  protect = false,
  fromPeer,
  byCors = false,
}: Case): boolean {
  const x = {
    fromPeer: fromPeer ?? false,
    kept: (slot: object) => (byCors && slot === crossOrigin ? {} : undefined),
    bind: { onLoopback },
    route: { named },
    request: { authority: host, headers: new HeaderList(origin === undefined ? [] : ['origin', origin]) },
  } as unknown as Exchange;
  try {
    originGuard({ allowedOrigins: allowed, dnsRebindingProtection: protect })(x);
    return true;
  } catch (error) {
    assert.equal((error as { reason?: string }).reason, 'originNotAllowed');
    return false;
  }
}

test('a page may use the endpoint that it came from, and those that its origin was allowed for', () => {
  const host = 'mcp.example';
  assert.equal(passes({ host }), true, 'no browser');
  assert.equal(passes({ host, origin: 'https://mcp.example' }), true);
  assert.equal(passes({ host, origin: 'https://other.example' }), false);
  assert.equal(passes({ host, origin: 'null' }), false);
  assert.equal(passes({ host, origin: 'http://localhost:6274' }), false);
  assert.equal(passes({ host, origin: 'https://app.example', allowed: ['https://app.example'] }), true);
  assert.equal(passes({ host, origin: 'https://app.example', byCors: true }), true, 'the route shares with it');
  assert.equal(passes({ host: 'localhost:3000', origin: 'http://127.0.0.1:6274' }), true, 'both of this machine');
});

test('a bind on loopback serves this machine only, by whatever name it is called', () => {
  const onLoopback = true;
  assert.equal(passes({ onLoopback, host: '127.0.0.1:3000' }), true);
  assert.equal(passes({ onLoopback, host: 'localhost', origin: 'http://localhost:6274' }), true);
  assert.equal(passes({ onLoopback, host: 'rebound.example' }), false);
  assert.equal(passes({ onLoopback, host: 'rebound.example', origin: 'http://rebound.example' }), false);
  assert.equal(passes({ onLoopback, host: 'localhost', origin: 'https://evil.example' }), false);
  const allowed = ['https://app.example'];
  assert.equal(passes({ onLoopback, host: 'localhost', origin: 'https://app.example', allowed }), true);
  assert.equal(passes({ onLoopback, host: 'rebound.example', origin: 'https://app.example', allowed }), false);
});

test('a host name that the file names may come through a proxy on this machine', () => {
  const through = { onLoopback: true, named: true, host: 'mcp.example' };
  assert.equal(passes({ ...through, origin: 'https://mcp.example' }), true);
  assert.equal(passes({ ...through, origin: 'https://evil.example' }), false);
});

test('protection against DNS rebinding goes before what is allowed', () => {
  const protect = true;
  assert.equal(passes({ protect, host: 'localhost', origin: 'http://localhost:1' }), true);
  assert.equal(passes({ protect, host: 'mcp.example' }), false);
  const allowed = ['*'];
  assert.equal(passes({ protect, host: 'localhost', origin: 'https://app.example', allowed }), false);
});

test('another worker has looked already', () => {
  assert.equal(passes({ host: 'rebound.example', onLoopback: true, fromPeer: true }), true);
});
