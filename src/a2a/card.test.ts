import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differingBases, publicCard, type PublicAddress } from './card.ts';

const to: PublicAddress = { scheme: 'https', authority: 'gw.example', base: '/agents/a', agentBase: '' };

function urls(card: Readonly<Record<string, unknown>>, address: Partial<PublicAddress> = {}): unknown {
  return publicCard(card, { ...to, ...address });
}

test('the interfaces of both versions lead to the gateway, and signatures that no longer fit are left out', () => {
  const card = {
    name: 'A',
    url: 'http://10.0.0.7:9999/rpc',
    preferredTransport: 'JSONRPC',
    additionalInterfaces: [
      { url: 'http://10.0.0.7:9999', transport: 'HTTP+JSON' },
      { url: '10.0.0.7:50051', transport: 'GRPC' },
    ],
    supportedInterfaces: [
      { url: 'http://10.0.0.7:9999/rpc?x=1', protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: 't' },
      { url: '10.0.0.7:50051', protocolBinding: 'GRPC', protocolVersion: '1.0' },
    ],
    signatures: [{ protected: 'x', signature: 'y' }],
    skills: [],
  };
  assert.deepEqual(urls(card), {
    name: 'A',
    url: 'https://gw.example/agents/a/rpc',
    preferredTransport: 'JSONRPC',
    additionalInterfaces: [
      { url: 'https://gw.example/agents/a', transport: 'HTTP+JSON' },
      { url: 'gw.example:443', transport: 'GRPC' },
    ],
    supportedInterfaces: [
      { url: 'https://gw.example/agents/a/rpc?x=1', protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: 't' },
      { url: 'gw.example:443', protocolBinding: 'GRPC', protocolVersion: '1.0' },
    ],
    skills: [],
  });
});

test('a card that names the gateway already stays as it is, signatures included', () => {
  assert.equal(urls({ url: 'https://gw.example:443/agents/a/rpc', signatures: [{}] }), null);
  assert.equal(urls({ name: 'A' }), null);
  assert.equal(urls({ url: 7, supportedInterfaces: [null, 'x', { url: 'unix:/a', protocolBinding: 'OTHER' }] }), null);
});

test('what the gateway puts before a path takes the place of what the agent has there', () => {
  const shown = (url: string, address: Partial<PublicAddress> = {}): unknown =>
    (urls({ url }, address) as { readonly url: string }).url;
  assert.equal(shown('http://a/base/rpc', { agentBase: '/base' }), 'https://gw.example/agents/a/rpc');
  assert.equal(shown('http://a/base', { agentBase: '/base' }), 'https://gw.example/agents/a');
  assert.equal(shown('http://a/basement', { agentBase: '/base' }), 'https://gw.example/agents/a/basement');
  assert.equal(shown('http://a/', { base: '' }), 'https://gw.example/');
  assert.equal(shown('http://a', { base: '', scheme: 'http', authority: '[::1]:80' }), 'http://[::1]:80');
});

test('gRPC is dialled at a host and a port', () => {
  const dialled = (address: Partial<PublicAddress>): unknown =>
    (urls({ url: 'a:1', preferredTransport: 'GRPC' }, address) as { readonly url: string }).url;
  assert.equal(dialled({ authority: 'gw:8443' }), 'gw:8443');
  assert.equal(dialled({ scheme: 'http' }), 'gw.example:80');
  assert.equal(dialled({ authority: '[::1]' }), '[::1]:443');
});

for (const [path, agentPath, base, agentBase] of [
  ['/.well-known/agent-card.json', '/.well-known/agent-card.json', '', ''],
  ['/agents/a/.well-known/agent-card.json', '/.well-known/agent-card.json', '/agents/a', ''],
  ['/agents/a/rpc', '/v2/rpc', '/agents/a', '/v2'],
  ['/card', '/other', '/card', '/other'],
  ['/a/b', '/b/a/b', '', '/b'],
] as const) {
  test(`${path} that goes on as ${agentPath}`, () => {
    assert.deepEqual(differingBases(path, agentPath), { base, agentBase });
  });
}
