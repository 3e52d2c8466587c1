/**
 * What a token costs, uncached and cached, beside a bare `crypto.verify` of the same signature: `node
 * src/gateway/tokens/bench.ts`. The minimum of many runs, in microseconds; uncached less bare must stay below 10.
 */
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { monotonicMs } from '../../base/clock.ts';
import { algorithms } from './algorithms.ts';
import { KeySet } from './key-set.ts';
import { fixedKeys } from './key-source.ts';
import { TokenVerifier } from './verifier.ts';

const tokensPerRun = 400;
const runs = 25;

const claims = {
  iss: 'https://idp.example.com/realms/main',
  aud: ['api', 'account'],
  sub: '6f1c8a52-7d0e-4c55-9c93-0f5f2a3a9d11',
  exp: 9_999_999_999,
  iat: 1_700_000_000,
  azp: 'client',
  scope: 'openid email profile',
  groups: ['engineering', 'on-call', 'admins'],
  realm_access: { roles: ['offline_access', 'uma_authorization'] },
};

interface Signed {
  readonly token: string;
  readonly data: Buffer;
  readonly signature: Buffer;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function tokens(name: string, key: KeyObject): readonly Signed[] {
  const { digest, options } = algorithms.get(name) ?? { options: {} };
  return Array.from({ length: tokensPerRun }, (_, i) => {
    const text = `${encode({ alg: name, typ: 'JWT', kid: 'k' })}.${encode({ ...claims, jti: String(i) })}`;
    const data = Buffer.from(text);
    const signature = sign(digest, data, { key, ...options });
    return { token: `${text}.${signature.toString('base64url')}`, data, signature };
  });
}

function microseconds(work: () => void): number {
  const start = monotonicMs();
  work();
  return ((monotonicMs() - start) * 1000) / tokensPerRun;
}

function measure(name: string, pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }): void {
  const signed = tokens(name, pair.privateKey);
  const { digest, options } = algorithms.get(name) ?? { options: {} };
  const keys = new KeySet(JSON.stringify({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k' }] }));
  const rules = { issuer: claims.iss, audiences: ['api'], requiredClaims: ['exp'], leewayMs: 60_000 };
  const fresh = (): TokenVerifier => new TokenVerifier([{ rules, keys: fixedKeys(keys) }]);
  const best = { bare: Infinity, uncached: Infinity, cached: Infinity };
  for (let run = 0; run < runs; run++) {
    const verifier = fresh();
    const all = (): void => {
      for (const { token } of signed) if (typeof verifier.verify(token) === 'string') throw new Error('refused');
    };
    const bare = microseconds(() => {
      for (const { data, signature } of signed) verify(digest, data, { key: pair.publicKey, ...options }, signature);
    });
    best.bare = Math.min(best.bare, bare);
    best.uncached = Math.min(best.uncached, microseconds(all));
    best.cached = Math.min(best.cached, microseconds(all));
  }
  const { bare, uncached, cached } = best;
  process.stdout.write(
    `${name.padEnd(6)} bare ${bare.toFixed(1)}  uncached ${uncached.toFixed(1)} (+${(uncached - bare).toFixed(1)})  cached ${cached.toFixed(2)}\n`,
  );
}

measure('RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }));
measure('PS256', generateKeyPairSync('rsa', { modulusLength: 2048 }));
measure('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
measure('EdDSA', generateKeyPairSync('ed25519'));
