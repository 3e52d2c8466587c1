import { createSocket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import type { AddressInfo } from 'node:net';
import type { Lookup } from '../src/net/upstream/lookup.ts';

/** What a name server says of every name: addresses, that there is no such name, that it failed; or nothing. */
export type DnsState =
  | { readonly addresses: readonly string[]; readonly ttl: number }
  | 'nxdomain'
  | 'servfail'
  | 'silent';

/** A name server on a loopback port. */
export interface DnsServer extends AsyncDisposable {
  /** Change it as you like. */
  state: DnsState;
  /** Questions so far. */
  readonly questions: number;
  /** Asks this server alone, and believes its lifetimes. */
  readonly lookup: Lookup;
}

const typeA = 1;

/** Starts a name server over UDP (RFC 1035) that answers questions for IPv4 addresses. */
export async function startDnsServer(state: DnsState): Promise<DnsServer> {
  const socket = createSocket('udp4');
  let questions = 0;
  socket.on('message', (message, { address, port }) => {
    questions += 1;
    const answer = answerTo(message, server.state);
    if (answer !== null) socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const resolver = new dns.Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`]);
  const server = {
    state,
    get questions() {
      return questions;
    },
    lookup: async (host: string) => {
      const records = await resolver.resolve4(host, { ttl: true });
      return {
        addresses: records.map((record) => record.address),
        ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000,
      };
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
  return server;
}

function answerTo(question: Buffer, state: DnsState): Buffer | null {
  if (state === 'silent') return null;
  let end = 12;
  while (question[end] !== 0) end += 1 + (question[end] ?? 0);
  end += 5;
  const records = typeof state === 'object' && question.readUInt16BE(end - 4) === typeA ? state.addresses : [];
  const head = Buffer.from(question.subarray(0, 12));
  const code = state === 'nxdomain' ? 3 : state === 'servfail' ? 2 : 0;
  // A response, recursion desired and available.
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const ttl = typeof state === 'object' ? state.ttl : 0;
  const answers = records.map((address) => {
    const record = Buffer.alloc(16);
    // The name is that of the question.
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(typeA, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttl, 6);
    record.writeUInt16BE(4, 10);
    address.split('.').forEach((part, i) => (record[12 + i] = Number(part)));
    return record;
  });
  return Buffer.concat([head, question.subarray(12, end), ...answers]);
}
