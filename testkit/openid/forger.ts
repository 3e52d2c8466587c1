import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { startUpstream, type SeenRequest, type Upstream } from '../upstream.ts';
import { client } from './provider.ts';

/** An ID token as an attacker, or a broken provider, would like it. */
export interface Forgery {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** `none`: not at all; `public`: with the public key as a shared secret; `other`: with a key that nobody lists. */
  readonly signature?: 'none' | 'public' | 'other';
}

/** A provider that answers each code with what a test wants. */
export interface Forger extends AsyncDisposable {
  readonly issuer: string;
  readonly server: Upstream;
  /** For the next code. */
  forge(forgery: Forgery): void;
  /** Parameters of the sign-in that began last. */
  readonly asked: URLSearchParams;
  /** The address that a browser is sent back to, with these parameters instead. */
  callback(location: string, parameters?: Readonly<Record<string, string | null>>): string;
}

/** Starts a forger; `sendsIssuer`: its metadata says that its answers carry `iss` (RFC 9207). */
export async function startForger(sendsIssuer = false): Promise<Forger> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const others = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  let forgery: Forgery = {};
  let asked = new URLSearchParams();
  const server = await startUpstream((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(request)));
  });
  const issuer = `http://${server.host}`;

  function answer({ url }: SeenRequest): unknown {
    switch (url) {
      case '/.well-known/openid-configuration':
        return {
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          ...(sendsIssuer ? { authorization_response_iss_parameter_supported: true } : {}),
        };
      case '/jwks':
        return { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] };
      default:
        return { id_token: idToken(), token_type: 'Bearer', access_token: 'access', expires_in: 300 };
    }
  }

  function idToken(): string {
    const now = Math.floor(Date.now() / 1000);
    const { signature } = forgery;
    const algorithm = signature === 'none' ? 'none' : signature === 'public' ? 'HS256' : 'RS256';
    const claims = {
      iss: issuer,
      sub: 'alice',
      aud: client.id,
      iat: now,
      exp: now + 300,
      nonce: asked.get('nonce'),
      ...forgery.claims,
    };
    const text = `${encode({ alg: algorithm, kid, ...forgery.header })}.${encode(claims)}`;
    if (signature === 'none') return `${text}.`;
    if (signature === 'public') {
      const pem = keys.publicKey.export({ type: 'spki', format: 'pem' });
      return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
    }
    const key: KeyObject = signature === 'other' ? others.privateKey : keys.privateKey;
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  }

  return {
    issuer,
    server,
    get asked() {
      return asked;
    },
    forge(next) {
      forgery = next;
    },
    callback(location, parameters = {}) {
      asked = new URL(location).searchParams;
      const url = new URL(asked.get('redirect_uri') ?? '');
      const all = { code: 'code', state: asked.get('state'), iss: sendsIssuer ? issuer : null, ...parameters };
      for (const [name, value] of Object.entries(all)) if (value !== null) url.searchParams.set(name, value);
      return url.href;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
