import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificatePrincipal } from './certificate.ts';

const certificate = { subject: 'O=Clients, CN=one', issuer: 'CN=ca', subjectAltNames: ['one.test'], pem: 'PEM' };

test('a client is its SPIFFE id, or the name that its issuer gave it', () => {
  const plain = certificatePrincipal(certificate);
  assert.equal(plain.id, 'certificate:["CN=ca","O=Clients, CN=one"]');
  assert.equal(plain.claims['pem'], undefined);
  const other = certificatePrincipal({ ...certificate, issuer: 'CN=other' });
  assert.notEqual(other.id, plain.id);
  const spiffe = certificatePrincipal({ ...certificate, spiffeId: 'spiffe://test/a' });
  assert.equal(spiffe.id, 'certificate:spiffe://test/a');
});
