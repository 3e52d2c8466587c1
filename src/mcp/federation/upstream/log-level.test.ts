import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, FakeServer, withTools } from '../../testdata/fake-target.ts';
import { makeEndpoint } from '../../testdata/fetch-harness.ts';
import { ModernClient } from '../../testdata/modern-client.ts';
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

  test(`nor does one that a request without a session wants, ${era} sessions at the server`, async () => {
    const server = new FakeServer('a', { modern, capabilities: { tools: {}, logging: {} }, answer: withTools('x') });
    const client = new ModernClient(makeEndpoint({ targets: [server.target] }));
    for (const level of ['loud', 7, null]) {
      const meta = { 'io.modelcontextprotocol/logLevel': level };
      const { status, error } = await client.call('tools/call', { name: 'x' }, { meta });
      assert.deepEqual([status, error?.code], [400, -32602], String(level));
    }
    assert.equal(server.of('tools/call').length, 0);
  });
}
