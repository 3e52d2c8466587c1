import { wallMs } from '../../../base/clock.ts';
import type { CrossAppSpec, TokenExchangeSpec } from '../../../model/policies/backend-auth.ts';
import type { Issued } from '../cached-token.ts';
import { askToken, type TokenAnswer, type TokenEndpoint } from '../oauth/token-endpoint.ts';
import { textMember } from '../token-request.ts';

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const bearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const assertionType = 'urn:ietf:params:oauth:token-type:id-jag';

/** A client's tokens, and parameters computed for its request. */
export interface Presented {
  readonly subject: string;
  readonly actor: string | null;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Exchanges a token (RFC 8693 §2.1), or uses it as a grant (RFC 7523 §2.1). */
export async function exchange(
  endpoint: TokenEndpoint,
  spec: TokenExchangeSpec,
  { subject, actor, parameters }: Presented,
  signal: AbortSignal,
  now: () => number = wallMs,
): Promise<Issued<string>> {
  const form = new URLSearchParams();
  if (spec.grant === 'jwtBearer') {
    form.set('grant_type', bearerGrant);
    form.set('assertion', subject);
  } else {
    form.set('grant_type', exchangeGrant);
    form.set('subject_token', subject);
    form.set('subject_token_type', spec.subject.type);
    if (actor !== null && spec.actor !== undefined) {
      form.set('actor_token', actor);
      form.set('actor_token_type', spec.actor.type);
    }
    if (spec.requestedType !== undefined) form.set('requested_token_type', spec.requestedType);
  }
  for (const audience of spec.audiences) form.append('audience', audience);
  for (const resource of spec.resources) form.append('resource', resource);
  if (spec.scopes.length > 0) form.set('scope', spec.scopes.join(' '));
  for (const [name, value] of parameters) form.set(name, value);
  return issued(await askToken(endpoint, form, signal), now());
}

/**
 * A token of another domain: the user's provider makes an assertion for it, which its authorization server takes as a
 * grant (draft-ietf-oauth-identity-assertion-authz-grant §4).
 */
export async function crossDomain(
  provider: TokenEndpoint,
  server: TokenEndpoint,
  spec: CrossAppSpec,
  subject: string,
  signal: AbortSignal,
  now: () => number = wallMs,
): Promise<Issued<string>> {
  const first = new URLSearchParams({
    grant_type: exchangeGrant,
    requested_token_type: assertionType,
    audience: spec.audience,
    subject_token: subject,
    subject_token_type: spec.subject.type,
  });
  for (const resource of spec.resources) first.append('resource', resource);
  if (spec.scopes.length > 0) first.set('scope', spec.scopes.join(' '));
  const answer = await askToken(provider, first, signal);
  // Anything else could be a token that is good elsewhere, and must not be shown to the other domain.
  if (answer['issued_token_type'] !== assertionType) throw new Error(`${provider.host} issued no identity assertion`);
  const second = new URLSearchParams({ grant_type: bearerGrant, assertion: textMember(answer, 'access_token') });
  const scopes = spec.accessScopes ?? spec.scopes;
  if (scopes.length > 0) second.set('scope', scopes.join(' '));
  return issued(await askToken(server, second, signal), now());
}

function issued(answer: TokenAnswer, now: number): Issued<string> {
  const seconds = Number(answer['expires_in'] ?? Number.NaN);
  return {
    value: textMember(answer, 'access_token'),
    expiresMs: Number.isFinite(seconds) ? now + seconds * 1000 : Infinity,
  };
}
