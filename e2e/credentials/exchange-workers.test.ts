import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { config, configFile, processPorts, startWaygate } from '../process/waygate-process.ts';
import { json } from './bench.ts';

test('four workers exchange a token once among them', { timeout: 60_000 }, async (t) => {
  await using upstream = await startUpstream();
  await using sts = await startUpstream((request, response) => {
    const form = new URLSearchParams(request.body.toString());
    json(response, { access_token: `for(${form.get('subject_token')})`, expires_in: 300 });
  });
  const ports = await processPorts();
  const route = `backends:
- host: "${upstream.host}"
  policies: { backendAuth: { oauthTokenExchange: { host: "${sts.host}", path: /token } } }`;
  const waygate = startWaygate(t, { args: ['-f', configFile(t, config(ports, 4, route))] });
  await waygate.says('ready');
  const ask = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, connection: 'close' };
    return (await send(ports.data, { headers })).status;
  };
  for (const token of ['ann', 'bob']) {
    // Connections of their own: all workers get some of them.
    const statuses = await Promise.all(Array.from({ length: 64 }, () => ask(token)));
    assert.deepEqual(new Set(statuses), new Set([200]));
  }
  assert.equal(sts.requests.length, 2);
  assert.deepEqual(
    new Set(upstream.requests.map(({ headers }) => headers.authorization)),
    new Set(['Bearer for(ann)', 'Bearer for(bob)']),
  );
});
