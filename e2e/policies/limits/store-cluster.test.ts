/** Limits that two gateways keep together in a real Redis Cluster, whose key moves and whose master fails under load. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { certificates } from '../../../testkit/certificates.ts';
import { eventually } from '../../../testkit/client.ts';
import { startCluster, type ClusterNode, type RedisCluster } from '../../fleet/redis-cluster.ts';
import { assertNeverMore, assertNotLess, run, served, type Outcome, type Rule } from './load.ts';
import { bucket, startReplica } from './replicas.ts';

const limit = { timeout: 120_000 };
const rule: Rule = { maxTokens: 100, tokensPerFill: 5, fillIntervalMs: 100 };

/** Clients that ask two gateways until they are told to stop. */
async function loaded(
  t: TestContext,
  { url }: RedisCluster,
): Promise<{ stop(): Promise<readonly Outcome[]>; status(): Promise<number> }> {
  const policies = bucket(rule, { url, timeout: '5s', failureMode: 'failClosed' });
  const urls = await Promise.all([startReplica(t, policies), startReplica(t, policies)]);
  const ending = new AbortController();
  t.after(() => ending.abort());
  const outcomes = run({ urls, clients: 16, durationMs: 90_000, signal: ending.signal });
  return {
    async stop() {
      ending.abort();
      return outcomes;
    },
    status: async () => (await fetch(urls[0] ?? '', { headers: { connection: 'close' } })).status,
  };
}

/** The one key of the limit, and the master that has it. */
async function place(nodes: readonly ClusterNode[]): Promise<{ readonly key: string; readonly master: ClusterNode }> {
  const found: { key: string; master: ClusterNode }[] = [];
  await eventually(async () => {
    for (const master of nodes) {
      const [key] = (await master.ask('KEYS', 'waygate:limit:*')) as readonly string[];
      if (key !== undefined) found.push({ key, master });
    }
    return found.length > 0;
  }, 'a bucket in the cluster');
  assert.ok(found[0]);
  return found[0];
}

async function calls(node: ClusterNode, command: string): Promise<number> {
  const stats = String(await node.ask('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

/** Waits until a node has decided about more requests than a full bucket has tokens. */
async function scripts(node: ClusterNode): Promise<void> {
  const before = await calls(node, 'evalsha');
  const enough = async (): Promise<boolean> => (await calls(node, 'evalsha')) > before + 2 * rule.maxTokens;
  await eventually(enough, 'scripts of the limit', 30_000);
}

test('a limit holds exactly while its key moves to another node of the cluster', limit, async (t) => {
  const cluster = await startCluster(t);
  const load = await loaded(t, cluster);
  const { key, master: from } = await place(cluster.masters);
  const to = cluster.masters.find((node) => node !== from);
  assert.ok(to);
  await scripts(from);
  const slot = String(await from.ask('CLUSTER', 'KEYSLOT', key));
  await to.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await from.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  await from.ask('MIGRATE', '127.0.0.1', String(to.port), key, '0', '5000', 'AUTH', to.password);
  // Meanwhile the old node says ASK.
  await scripts(to);
  assert.ok((await calls(to, 'asking')) > 0);
  for (const node of cluster.masters) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  // From now on it says MOVED, once to each connection.
  const asked = await calls(to, 'asking');
  await scripts(to);
  assert.ok((await calls(to, 'asking')) - asked < 50);
  const outcomes = await load.stop();
  assert.deepEqual(
    [...new Set(outcomes.map(({ status }) => status))].toSorted((a, b) => a - b),
    [200, 429],
  );
  assertNeverMore(outcomes, rule);
  assertNotLess(outcomes, rule, 2 * rule.tokensPerFill);
});

test('a limit goes on at the node that takes the place of a lost master', limit, async (t) => {
  const cluster = await startCluster(t);
  const load = await loaded(t, cluster);
  const { master } = await place(cluster.masters);
  const { spare } = cluster;
  await spare.ask('CLUSTER', 'REPLICATE', master.id);
  const follows = async (): Promise<boolean> =>
    String(await spare.ask('INFO', 'replication')).includes('link_status:up');
  await eventually(follows, 'the spare node has all of the master', 30_000);
  await scripts(master);
  await master.server.kill();
  const killed = performance.now();
  await eventually(async () => (await load.status()) !== 500, 'the limit counts at another node', 30_000);
  const back = performance.now();
  await scripts(spare);
  const outcomes = await load.stop();
  const within = (from: number, to: number): readonly Outcome[] =>
    outcomes.filter(({ sent, received }) => sent >= from && received <= to);
  assert.ok(within(killed, back).some(({ status }) => status === 500));
  // What the master had not told its replica is forgotten: each life of the bucket keeps the limit.
  for (const life of [within(0, killed), within(back, Infinity)]) {
    assert.ok(served(life).length > 0);
    assert.ok(life.some(({ status }) => status === 429));
    assertNeverMore(life, rule);
  }
});

test('a cluster is reached over TLS, every node of it', limit, async (t) => {
  const { url } = await startCluster(t, true);
  // Keys of many slots: all three masters have some of them.
  const each = bucket(
    { ...rule, maxTokens: 1, fillIntervalMs: 3_600_000 },
    { url, timeout: '5s', failureMode: 'failClosed' },
    ', key: request.path',
  );
  const replica = await startReplica(t, each, '', { NODE_EXTRA_CA_CERTS: certificates.ca });
  const status = async (path: string): Promise<number> => (await fetch(replica + path)).status;
  const paths = Array.from({ length: 12 }, (_, i) => `/${i}`);
  assert.deepEqual(
    await Promise.all(paths.map((path) => status(path))),
    paths.map(() => 200),
  );
  assert.deepEqual(
    await Promise.all(paths.map((path) => status(path))),
    paths.map(() => 429),
  );
});

test('keys of a master that is down fail, at once; those of the others count', limit, async (t) => {
  const { url, masters } = await startCluster(t);
  const [lost, other] = masters;
  assert.ok(lost !== undefined && other !== undefined);
  for (const node of masters) await node.ask('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  await lost.server.kill();
  await eventually(async () => /fail /.test(String(await other.ask('CLUSTER', 'NODES'))), 'the others know', 30_000);
  const once = { ...rule, maxTokens: 1, fillIntervalMs: 3_600_000 };
  const each = bucket(once, { url, timeout: '3s', failureMode: 'failClosed' }, ', key: request.path');
  const replica = await startReplica(t, each);
  const ask = async (path: string): Promise<number> => (await fetch(replica + path)).status;
  const statuses = new Map<string, number>();
  for (let i = 0; i < 24; i++) statuses.set(`/${i}`, await ask(`/${i}`));
  assert.deepEqual(new Set(statuses.values()), new Set([200, 500]));
  for (const [path, status] of statuses) assert.equal(await ask(path), status === 200 ? 429 : 500);
  // Each would take its three seconds, which this test has not.
  const [gone = ''] = [...statuses].find(([, status]) => status === 500) ?? [];
  for (let i = 0; i < 100; i++) assert.equal(await ask(gone), 500);
});
