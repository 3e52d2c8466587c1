import { X509Certificate, hash } from 'node:crypto';
import { wallMs } from '../../../base/clock.ts';
import { uuid } from '../../../base/random.ts';
import type { OAuthClientSpec } from '../../../model/policies/backend-auth.ts';
import { compileSigner } from './jwt-signer.ts';

/** Puts the proof of who we are into a token request: its form, or its header fields. */
export type ClientAuthentication = (form: URLSearchParams, fields: Record<string, string>) => void;

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Seconds that an assertion is good: long enough for clocks that differ and for a slow endpoint. */
const assertionSeconds = 300;

/** Nobody in particular asks. */
export const anonymousClient: ClientAuthentication = () => undefined;

/** Compiles a client's authentication (RFC 6749 §2.3.1, RFC 7523 §2.2). */
export function compileClientAuthentication(spec: OAuthClientSpec, now: () => number = wallMs): ClientAuthentication {
  if (spec.kind === 'privateKey') return withAssertion(spec, now);
  const { clientId, clientSecret, method } = spec;
  if (clientSecret === undefined) return (form) => form.set('client_id', clientId);
  if (method === 'post') {
    return (form) => {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
    };
  }
  const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
  return (_form, fields) => {
    fields['authorization'] = `Basic ${basic}`;
  };
}

function withAssertion(spec: OAuthClientSpec & { kind: 'privateKey' }, now: () => number): ClientAuthentication {
  const { clientId, audience } = spec;
  const sign = compileSigner(spec, certificateHeader(spec.certificate));
  return (form) => {
    const iat = Math.floor(now() / 1000);
    const claims = { iss: clientId, sub: clientId, aud: audience, iat, exp: iat + assertionSeconds, jti: uuid() };
    form.set('client_id', clientId);
    form.set('client_assertion_type', assertionType);
    form.set('client_assertion', sign(claims));
  };
}

/** RFC 7515 §4.1.6, §4.1.8. */
function certificateHeader(
  certificate: { readonly pem: string; readonly header: 'x5c' | 'x5t#S256' } | undefined,
): Readonly<Record<string, unknown>> {
  if (certificate === undefined) return {};
  const chain = certificate.pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const raw = chain.map((pem) => new X509Certificate(pem).raw);
  const [leaf] = raw;
  if (leaf === undefined) throw new Error('there is no certificate in PEM');
  return certificate.header === 'x5c'
    ? { x5c: raw.map((der) => der.toString('base64')) }
    : { 'x5t#S256': hash('sha256', leaf, 'base64url') };
}

/** As a form would write it, as RFC 6749 §2.3.1 asks. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
