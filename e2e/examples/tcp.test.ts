import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { example } from './example.ts';

test('the tcp example does what its README says', { timeout: 60_000 }, async (t) => {
  const tcp = await example(t, 'tcp');
  execFileSync('sh', [join(tcp.folder, 'generate.sh')]);
  await tcp.validates();
  await tcp.start();
  await tcp.runAsShown('http://localhost');
  await tcp.runAsShown('https://localhost');
  await tcp.runAsShown('ended.localhost');
  await tcp.runAsShown('passed.localhost');
  tcp.allWereRun();
});
