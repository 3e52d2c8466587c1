import { wallMs } from '../../../base/clock.ts';
import type { GcpAuthSpec } from '../../../model/policy.ts';
import type { BearerToken } from '../bearer.ts';
import type { Issue } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

/** Life of a token whose issuer does not say when it ends. */
const unknownLifeMs = 5 * 60_000;

/**
 * Google tokens from a credential file's text, or from what the environment has: a file, gcloud's, the metadata server.
 * Google's library is loaded when a token is first needed.
 *
 * @param audience Of an identity token.
 */
export function issueGoogleToken(spec: GcpAuthSpec, audience: string, { fetch }: CredentialPorts): Issue<BearerToken> {
  return async () => {
    const { GoogleAuth } = await import('google-auth-library');
    // New each time: it would hand out a token that it remembers until shortly before its end.
    const auth = new GoogleAuth({
      scopes,
      clientOptions: { transporterOptions: { fetchImplementation: (input, init) => fetch(urlOf(input), init) } },
      ...(spec.credential === undefined ? {} : { credentials: JSON.parse(spec.credential) as object }),
    });
    if (spec.token === 'idToken') {
      const client = await auth.getIdTokenClient(audience);
      const token = await client.idTokenProvider.fetchIdToken(audience);
      return { value: { token }, expiresMs: endOfJwt(token) };
    }
    const client = await auth.getClient();
    const { token } = await client.getAccessToken();
    if (typeof token !== 'string' || token === '') throw new Error('the answer has no access token');
    const project = client.quotaProjectId;
    return {
      value: { token, ...(project === undefined ? {} : { fields: { 'x-goog-user-project': project } }) },
      expiresMs: client.credentials.expiry_date ?? wallMs() + unknownLifeMs,
    };
  };
}

/** When a JWT ends (RFC 7519 §4.1.4). Throws where it is none. */
function endOfJwt(token: string): number {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const end = typeof claims === 'object' && claims !== null && 'exp' in claims ? Number(claims.exp) : Number.NaN;
  if (!Number.isFinite(end)) throw new Error('the identity token does not say when it ends');
  return end * 1000;
}

function urlOf(input: string | URL | Request): string {
  if (typeof input === 'string') return input;
  return input instanceof URL ? input.href : input.url;
}
