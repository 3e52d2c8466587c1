import { createClient, type RedisClientType } from '@redis/client';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { certificates } from '../../testkit/certificates.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { redisServer, type RedisServer } from './redis-server.ts';

const slots = 16_384;
const masters = 3;
const password = 'not a real one';
const authority = readFileSync(certificates.ca);

/** One server of a cluster. */
export interface ClusterNode {
  readonly server: RedisServer;
  readonly port: number;
  readonly password: string;
  /** What the others know it by. */
  readonly id: string;
  /** Sends it a command. */
  ask(...command: readonly string[]): Promise<unknown>;
}

/** A cluster of three masters with a third of the slots each, and one more node that has none. */
export interface RedisCluster {
  readonly url: string;
  readonly masters: readonly ClusterNode[];
  readonly spare: ClusterNode;
}

/** Starts a Redis Cluster with a password on loopback ports, over TLS if asked to; it ends with the test. */
export async function startCluster(t: TestContext, tls = false): Promise<RedisCluster> {
  const ports = await freePorts(2 * (masters + 1));
  const nodes: ClusterNode[] = [];
  const busPorts: string[] = [];
  for (let i = 0; i <= masters; i++) {
    const [port = 0, bus = 0] = ports.slice(2 * i, 2 * i + 2);
    busPorts.push(String(bus));
    nodes.push(await startNode(t, port, bus, tls));
  }
  const [first, ...others] = nodes as [ClusterNode, ...ClusterNode[]];
  for (let i = 0; i < masters; i++) {
    const [from, to] = [Math.floor((i * slots) / masters), Math.floor(((i + 1) * slots) / masters) - 1];
    await nodes[i]?.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
  }
  for (const [i, { port }] of others.entries()) {
    await first.ask('CLUSTER', 'MEET', '127.0.0.1', String(port), busPorts[i + 1] ?? '');
  }
  for (const node of nodes) {
    await eventually(async () => {
      const info = String(await node.ask('CLUSTER', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`);
    }, 'every node knows the others');
  }
  const own = nodes.slice(0, masters);
  const [spare] = nodes.slice(masters);
  assert.ok(spare);
  const secret = encodeURIComponent(password);
  return {
    url: `${tls ? 'rediss' : 'redis'}+cluster://:${secret}@${own.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    masters: own,
    spare,
  };
}

async function startNode(t: TestContext, port: number, busPort: number, tls: boolean): Promise<ClusterNode> {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '1000'];
  const secret = ['--requirepass', password, '--masterauth', password];
  const server = redisServer(t, port, [...cluster, ...secret, ...(tls ? tlsOnly(port) : [])]);
  await server.start();
  const client = createClient({
    password,
    socket: { host: '127.0.0.1', port, ...(tls ? { tls, ca: authority } : {}) },
  }) as RedisClientType;
  // It may be killed in the test.
  client.on('error', () => undefined);
  await client.connect();
  t.after(() => client.destroy());
  const ask = (...command: readonly string[]): Promise<unknown> => client.sendCommand([...command]);
  return { server, port, password, id: String(await ask('CLUSTER', 'MYID')), ask };
}

function tlsOnly(port: number): readonly string[] {
  const { cert, key } = certificates.local;
  const listening = ['--port', '0', '--tls-port', String(port), '--tls-cluster', 'yes', '--tls-replication', 'yes'];
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', certificates.ca];
  return [...listening, ...files, '--tls-auth-clients', 'no'];
}
