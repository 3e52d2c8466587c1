import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readProxyHeader, type ProxyProtocolSettings } from './proxy-protocol.ts';

const strict: ProxyProtocolSettings = { version: 'all', mode: 'strict' };
const optional: ProxyProtocolSettings = { version: 'all', mode: 'optional' };
const v4 = 'PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n';
const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336402dc0401bb', 'hex');
const addresses = {
  remoteAddress: '192.0.2.1',
  remotePort: 56_324,
  localAddress: '198.51.100.2',
  localPort: 443,
};

describe('the PROXY protocol', () => {
  it('says who the client is, in both versions and any pieces', () => {
    for (const header of [Buffer.from(v4), v2]) {
      for (let length = 0; length < header.length; length += 1) {
        assert.equal(readProxyHeader(header.subarray(0, length), strict), null, String(length));
      }
      const read = readProxyHeader(Buffer.concat([header, Buffer.from('GET /')]), strict);
      assert.deepEqual(read, { length: header.length, addresses });
    }
  });

  it('carries IPv6', () => {
    const line = readProxyHeader(Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n'), strict);
    assert.ok(line !== null && line !== 'invalid');
    assert.equal(line.addresses?.remoteAddress, '2001:db8::1');
    const six = '20010db8000000000000000000000001';
    const binary = Buffer.from(`0d0a0d0a000d0a515549540a21210024${six}${six}00010002`, 'hex');
    const read = readProxyHeader(binary, strict);
    assert.ok(read !== null && read !== 'invalid');
    assert.deepEqual(read.addresses?.remoteAddress, '2001:db8::1');
    const mapped = Buffer.from(`0d0a0d0a000d0a515549540a2121002400000000000000000000ffffc0000201${six}00010002`, 'hex');
    const ipv4 = readProxyHeader(mapped, strict);
    assert.ok(ipv4 !== null && ipv4 !== 'invalid');
    assert.equal(ipv4.addresses?.remoteAddress, '192.0.2.1');
  });

  it('keeps the connection’s own addresses for health checks and what it does not know', () => {
    const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
    const udp = Buffer.from('0d0a0d0a000d0a515549540a2112000cc0000201c6336402dc0401bb', 'hex');
    for (const header of [Buffer.from('PROXY UNKNOWN what ever\r\n'), local, udp]) {
      assert.deepEqual(readProxyHeader(header, strict), { length: header.length, addresses: null });
    }
  });

  it('must be there in strict mode, and may be missing in optional mode', () => {
    assert.equal(readProxyHeader(Buffer.from('GET / HTTP/1.1\r\n'), strict), 'invalid');
    assert.deepEqual(readProxyHeader(Buffer.from('GET / HTTP/1.1\r\n'), optional), { length: 0, addresses: null });
    assert.equal(readProxyHeader(Buffer.from('PRO'), optional), null, 'could be one yet');
  });

  it('is read in the versions that are allowed', () => {
    assert.equal(readProxyHeader(v2, { version: 'v1', mode: 'strict' }), 'invalid');
    assert.equal(readProxyHeader(Buffer.from(v4), { version: 'v2', mode: 'strict' }), 'invalid');
    assert.notEqual(readProxyHeader(v2, { version: 'v2', mode: 'strict' }), 'invalid');
  });

  for (const line of [
    'PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n',
    'PROXY TCP4 2001:db8::1 2001:db8::1 1 2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 5\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 056 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n',
    'PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n',
    `PROXY TCP4 ${'1'.repeat(110)}`,
  ]) {
    it(`is invalid as ${line.trim().slice(0, 60)}`, () => {
      assert.equal(readProxyHeader(Buffer.from(line), optional), 'invalid');
    });
  }

  it('of version 2 is invalid with another version, command or a length that cannot be', () => {
    for (const hex of ['3111000c', '2211000c', '21110004', '2111ffff']) {
      const broken = Buffer.from(`0d0a0d0a000d0a515549540a${hex}c0000201c6336402dc0401bb`, 'hex');
      assert.equal(readProxyHeader(broken, strict), 'invalid', hex);
    }
  });
});
