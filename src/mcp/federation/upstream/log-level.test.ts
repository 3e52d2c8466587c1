import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, FakeServer, withTools } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { RawClient } from '../../testdata/raw-client.ts';

for (const modern of [false, true]) {
  const era = modern ? 'without' : 'with';

  test(`a level that does not exist is invalid, and reaches no server ${era} sessions`, async () => {
    const server = new FakeServer('a', { modern, capabilities: { tools: {}, logging: {} }, answer: withTools('x') });
    const client = new RawClient(makeEndpoint({ targets: [server.target] }));
    await client.initialize();
    for (const level of ['loud', 'ERROR', '']) {
      assert.equal((await client.call('logging/setLevel', { level })).error?.code, -32602, level);
    }
    await client.call('tools/call', { name: 'x' });
    assert.equal(server.of('logging/setLevel').length, 0);
    const [call] = server.of('tools/call');
    assert.ok(call !== undefined && !JSON.stringify(asked(call)).includes('logLevel'));
    assert.deepEqual((await client.call('logging/setLevel', { level: 'error' })).result, {});
  });
}
