import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { certificates, type CertificatePaths } from '../../testkit/certificates.ts';
import { RawClient } from '../../testkit/client.ts';
import { answering, config, processPorts, startWaygate, temporaryFolder } from './waygate-process.ts';

const { a, wild } = certificates;

/** A folder with a certificate, which can be replaced as an administrator would. */
function certificateFiles(t: TestContext): { folder: string; put: (pair: CertificatePaths) => void } {
  const folder = temporaryFolder(t);
  const put = (pair: CertificatePaths): void => {
    for (const kind of ['key', 'cert'] as const) {
      copyFileSync(pair[kind], join(folder, `new-${kind}.pem`));
      renameSync(join(folder, `new-${kind}.pem`), join(folder, `${kind}.pem`));
    }
  };
  put(a);
  return { folder, put };
}

/** Whose certificate a new client gets. */
async function subject(port: number): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const presented = socket.getPeerX509Certificate()?.subject ?? '';
  socket.destroy();
  return presented;
}

test('a certificate that changes on disk is served, and one without its key is not', { timeout: 30_000 }, async (t) => {
  const { folder, put } = certificateFiles(t);
  const ports = await processPorts();
  const file = join(folder, 'config.yaml');
  const secured = 'address: ["127.0.0.1"], protocol: HTTPS, tls: { cert: cert.pem, key: key.pem }';
  writeFileSync(file, config(ports, 2, answering('served')).replace('address: ["127.0.0.1"]', secured));
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  assert.equal(await subject(ports.data), 'CN=a.test');
  const kept = new RawClient(tls.connect({ port: ports.data, host: '127.0.0.1', rejectUnauthorized: false }));
  t.after(() => kept.destroy());
  const again = async (): Promise<void> => {
    kept.received = '';
    kept.write('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n');
    await kept.has('served');
  };
  await again();

  put(wild);
  await waygate.says('the new configuration is in force');
  while ((await subject(ports.data)) !== 'CN=wild.test') await new Promise((resolve) => setTimeout(resolve, 20));
  await again();

  copyFileSync(a.key, join(folder, 'key.pem'));
  await waygate.says('the private key does not belong to the certificate');
  assert.equal(await subject(ports.data), 'CN=wild.test');
  await again();
});
