/** Certificates that change while clients come and go. */
import assert from 'node:assert/strict';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { certificates, type CertificatePaths } from '../../testkit/certificates.ts';
import { answering, config, processPorts, startWaygate, temporaryFolder } from '../process/waygate-process.ts';

const { a, wild } = certificates;

test('a certificate that changes under load costs no request and no connection', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const put = (pair: CertificatePaths): void => {
    for (const kind of ['key', 'cert'] as const) {
      copyFileSync(pair[kind], join(folder, `new-${kind}.pem`));
      renameSync(join(folder, `new-${kind}.pem`), join(folder, `${kind}.pem`));
    }
  };
  put(a);
  const ports = await processPorts();
  const file = join(folder, 'config.yaml');
  const secured = 'address: ["127.0.0.1"], protocol: HTTPS, tls: { cert: cert.pem, key: key.pem }';
  writeFileSync(file, config(ports, 2, answering('served')).replace('address: ["127.0.0.1"]', secured));
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');

  let going = true;
  t.after(() => (going = false));
  const problems: string[] = [];
  const subjects = new Map<string, number>();
  const keptSockets = new Set<unknown>();
  const ask = (agent: Agent, kept: boolean): Promise<void> =>
    new Promise((resolve) => {
      const failed = (error: Error): void => {
        problems.push(String(error));
        resolve();
      };
      const options = { port: ports.data, host: '127.0.0.1', rejectUnauthorized: false, agent, method: 'POST' };
      const asked = request(options, (response) => {
        const socket = response.socket as TLSSocket;
        if (kept) keptSockets.add(socket);
        const subject = socket.getPeerX509Certificate()?.subject ?? '';
        subjects.set(subject, (subjects.get(subject) ?? 0) + 1);
        if (response.statusCode !== 200) problems.push(`status ${response.statusCode}`);
        response.on('error', failed);
        response.on('end', resolve);
        response.resume();
      });
      asked.on('error', failed);
      asked.end('x');
    });
  const hammer = async (keepAlive: boolean): Promise<void> => {
    const agent = new Agent({ keepAlive, maxCachedSessions: 0 });
    while (going) await ask(agent, keepAlive);
    agent.destroy();
  };
  const clients = [hammer(false), hammer(false), hammer(true), hammer(true)];

  const inForce = (): number => waygate.stderr().split('the new configuration is in force').length - 1;
  for (const [pair, subject] of [
    [wild, 'CN=wild.test'],
    [a, 'CN=a.test'],
    [wild, 'CN=wild.test'],
  ] as const) {
    const before = inForce();
    put(pair);
    while (inForce() === before) await new Promise((resolve) => setTimeout(resolve, 10));
    const seen = subjects.get(subject) ?? 0;
    while ((subjects.get(subject) ?? 0) < seen + 5) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  going = false;
  await Promise.all(clients);
  assert.deepEqual(problems, []);
  assert.equal(keptSockets.size, 2, 'connections stay');
});
