import { GatewayError } from '../../base/errors.ts';
import type { CredentialSource } from '../../model/policies/authentication.ts';

/**
 * How a client without a good credential is told so (RFC 9110 §11.6): 401, or 407 where the credential is one for a
 * proxy.
 */
export interface Challenge {
  readonly status: 401 | 407;
  readonly field: 'www-authenticate' | 'proxy-authenticate';
  readonly scheme: string;
}

/** The challenge for credentials that come from `sources`; the scheme is that of the first field that has one. */
export function challengeFor(sources: readonly CredentialSource[], scheme: string): Challenge {
  const [first] = sources;
  const forProxy = first?.kind === 'header' && first.name === 'proxy-authorization';
  const prefix = first?.kind === 'header' ? first.prefix.trim() : '';
  return {
    status: forProxy ? 407 : 401,
    field: forProxy ? 'proxy-authenticate' : 'www-authenticate',
    scheme: /^[\w-]+$/.test(prefix) ? prefix : scheme,
  };
}

/**
 * The refusal of a request.
 *
 * @param parameters Of the challenge, such as `realm="x"`; '' for none.
 */
export function refusal({ status, field, scheme }: Challenge, message: string, parameters: string): GatewayError {
  const value = parameters === '' ? scheme : `${scheme} ${parameters}`;
  return new GatewayError('authenticationFailed', message, { status, fields: [[field, value]] });
}

/** A text as a quoted string (RFC 9110 §5.6.4); characters that it cannot have are left out. */
export function quoted(text: string): string {
  return `"${text.replace(/[^\t\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}
