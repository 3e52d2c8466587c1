import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { ClientCertificate } from '../http/message.ts';
import { clientCertificate } from './client-certificate.ts';

function certificate(subject: string, names: string): Omit<ClientCertificate, 'pem'> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
  const args = ['req', '-x509', '-utf8', '-subj', subject, '-addext', `subjectAltName=${names}`, ...key];
  const { pem, ...rest } = clientCertificate(new X509Certificate(execFileSync('openssl', args, { stdio: 'pipe' })));
  assert.match(pem, /^-----BEGIN CERTIFICATE-----\n/);
  return rest;
}

test('a workload of Istio is known by its parts', () => {
  const names = 'URI:https://a.test/x,URI:spiffe://td/ns/team/sa/web,DNS:a.test,IP:fd00::1';
  assert.deepEqual(certificate('/O=Acme/CN=web', names), {
    subject: 'O=Acme, CN=web',
    subjectCn: 'web',
    issuer: 'O=Acme, CN=web',
    subjectAltNames: ['https://a.test/x', 'spiffe://td/ns/team/sa/web', 'a.test', 'fd00::1'],
    spiffeId: 'spiffe://td/ns/team/sa/web',
    identity: { trustDomain: 'td', namespace: 'team', serviceAccount: 'web' },
  });
});

test('another SPIFFE id is only that', () => {
  const client = certificate('/O=Acme', 'URI:spiffe://td/ns/team/web');
  assert.equal(client.spiffeId, 'spiffe://td/ns/team/web');
  assert.equal(client.identity, undefined);
  assert.equal(client.subjectCn, undefined);
});

test('no part of a name passes for another part', () => {
  const { subject, subjectCn } = certificate('/O=Acme, CN=admin/CN=one/CN=two', 'DNS:a.test');
  assert.equal(subject, 'O=Acme\\, CN=admin, CN=one, CN=two');
  assert.equal(subjectCn, 'one');
});
