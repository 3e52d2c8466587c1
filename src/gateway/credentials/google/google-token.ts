import type { AuthClient, OAuth2ClientOptions } from 'google-auth-library';
import { wallMs } from '../../../base/clock.ts';
import type { GcpAuthSpec } from '../../../model/policy.ts';
import type { BearerToken } from '../bearer.ts';
import type { Issue, Issued } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';
import { requestToken, textMember } from '../token-request.ts';
import { defaultCredential } from './default-credential.ts';
import { googleClient, mintsIdTokens, type GoogleCredential, type GoogleLibrary } from './google-client.ts';
import { impersonationOf, type Impersonation } from './impersonation.ts';

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

/** Life of a token whose issuer does not say when it ends. */
const unknownLifeMs = 5 * 60_000;

/**
 * Google tokens from a credential file's text, or from what the environment has: a file, gcloud's, the metadata server.
 * Google's library is loaded when a token is first needed.
 *
 * @param audience Of an identity token.
 */
export function issueGoogleToken(spec: GcpAuthSpec, audience: string, ports: CredentialPorts): Issue<BearerToken> {
  return async (signal) => {
    const library = await import('./library.ts');
    const text = spec.credential ?? (await defaultCredential(ports.env));
    const credential = text === undefined ? undefined : parse(text);
    // Clients are new each time: they would hand out a token that they remember until shortly before its end.
    const clientOf = async (from: GoogleCredential | undefined): Promise<AuthClient> =>
      from === undefined ? machine(library) : googleClient(library, from, scopes, audience, options(ports));
    const impersonation = credential === undefined ? undefined : impersonationOf(credential);
    if (impersonation !== undefined) {
      const source = await clientOf(impersonation.source);
      return impersonated(impersonation, spec, audience, await accessToken(source), ports, signal);
    }
    const client = await clientOf(credential);
    if (spec.type === 'accessToken') return accessToken(client);
    if (!mintsIdTokens(client)) throw new Error('this Google credential cannot mint identity tokens (ID tokens)');
    return identity(await client.fetchIdToken(audience));
  };
}

function options({ fetch }: CredentialPorts): OAuth2ClientOptions {
  return { transporterOptions: { fetchImplementation: (input, init) => fetch(urlOf(input), init) } };
}

/** The metadata server's client. Asks first whether there is one: its client would try for long. */
async function machine({ Compute, gcpMetadata }: GoogleLibrary): Promise<AuthClient> {
  if (await gcpMetadata.isAvailable()) return new Compute({ scopes });
  throw new Error('no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS, or run on Google Cloud');
}

async function accessToken(client: AuthClient): Promise<Issued<BearerToken>> {
  const { token } = await client.getAccessToken();
  if (typeof token !== 'string' || token === '') throw new Error('the answer has no access token');
  const project = client.quotaProjectId;
  return {
    value: { token, ...(project === undefined ? {} : { fields: { 'x-goog-user-project': project } }) },
    expiresMs: client.credentials.expiry_date ?? wallMs() + unknownLifeMs,
  };
}

async function impersonated(
  { accessTokenUrl, idTokenUrl, delegates }: Impersonation,
  spec: GcpAuthSpec,
  audience: string,
  source: Issued<BearerToken>,
  { fetch }: CredentialPorts,
  signal: AbortSignal,
): Promise<Issued<BearerToken>> {
  const headers = { authorization: `Bearer ${source.value.token}` };
  if (spec.type === 'idToken') {
    const json = { audience, includeEmail: true, delegates };
    return identity(textMember(await requestToken(fetch, { url: idTokenUrl, headers, json }, signal), 'token'));
  }
  const answer = await requestToken(
    fetch,
    { url: accessTokenUrl, headers, json: { scope: scopes, delegates } },
    signal,
  );
  const value = { ...source.value, token: textMember(answer, 'accessToken') };
  return { value, expiresMs: Date.parse(textMember(answer, 'expireTime')) };
}

/** An identity token until the end that it names (RFC 7519 §4.1.4). */
function identity(token: string): Issued<BearerToken> {
  const end = parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))['exp'];
  if (typeof end !== 'number') throw new Error('the identity token does not say when it ends');
  return { value: { token }, expiresMs: end * 1000 };
}

function parse(text: string): GoogleCredential {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as GoogleCredential;
  } catch {
    // Its message would quote the text, which is a secret.
  }
  throw new Error('what should be a JSON object is none');
}

function urlOf(input: string | URL | Request): string {
  if (typeof input === 'string') return input;
  return input instanceof URL ? input.href : input.url;
}
