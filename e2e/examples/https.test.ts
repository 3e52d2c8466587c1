import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { example, type Example } from './example.ts';

/**
 * What curl says when its certificate is refused: in the handshake, or, in TLS 1.3, after it: an alert, or the end, which
 * over HTTP/2 it may see once its request has begun (18).
 */
const refused = new Set([18, 35, 52, 55, 56]);

async function startHttps(t: Parameters<typeof example>[0]): Promise<Example> {
  const https = await example(t, 'https');
  generate(https);
  await https.validates();
  await https.start();
  return https;
}

function generate({ folder }: Example): void {
  execFileSync('sh', [join(folder, 'generate.sh')]);
}

test('the https example does what its README says', { timeout: 60_000 }, async (t) => {
  const https = await startHttps(t);
  await https.runAsShown('/localhost:8443/\n');
  await https.runAsShown('/service');
  await https.runAsShown('internal.localhost');
  https.allWereRun();
});

test('its internal listener refuses clients without a certificate of its own CA', { timeout: 60_000 }, async (t) => {
  const https = await startHttps(t);
  const without = await https.fails('internal.localhost', (command) => command.replace(/--cert \S+ --key \S+ /, ''));
  assert.ok(refused.has(without), `curl ended with ${without}`);
  const selfSigned = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=stranger';
  const files = ['-keyout', 'stranger-key.pem', '-out', 'stranger.pem'];
  execFileSync('openssl', [...selfSigned.split(' '), ...files], { cwd: join(https.folder, 'certs'), stdio: 'ignore' });
  const stranger = await https.fails('internal.localhost', (command) => command.replaceAll('client', 'stranger'));
  assert.ok(refused.has(stranger), `curl ended with ${stranger}`);
});

test('a renewed certificate is picked up', { timeout: 60_000 }, async (t) => {
  const https = await startHttps(t);
  generate(https);
  const trusted = (): Promise<boolean> =>
    https.run('internal.localhost').then(
      (said) => said === 'hello, known client\n',
      () => false,
    );
  await eventually(trusted, 'the new certificate');
});
