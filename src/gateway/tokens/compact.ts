import { duplicateMember } from './members.ts';

/** The longest token that is looked at, in characters. */
export const maximumTokenLength = 16_384;

/** A JWT as it came: nothing in it is verified (RFC 7515 §7.1). */
export interface UnverifiedToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Why a token is no good, in words that its sender may read. */
export type TokenProblem = string;

const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Takes a compact JWS apart, or says what is wrong. Refused are extensions (`crit`, RFC 7515 §4.1.11), members that a
 * header has twice (§4), and tokens that are explicitly of another kind than an access token (RFC 8725 §3.11), so that a
 * logout or DPoP token does not pass for one.
 */
export function readToken(token: string): UnverifiedToken | TokenProblem {
  if (token.length > maximumTokenLength) return `the token is longer than ${maximumTokenLength} characters`;
  if (!shape.test(token)) return 'the token is no JWT: it must be three base64url parts with dots between';
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  const headerText = Buffer.from(token.slice(0, first), 'base64url').toString();
  const header = parseObject(headerText);
  if (header === undefined) return 'the header of the token is no JSON object';
  if (duplicateMember(headerText)) return 'the header of the token has a member twice';
  if (Object.hasOwn(header, 'crit')) return 'the token needs extensions (crit), and none is known here';
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string') return 'the header of the token names no algorithm (alg)';
  if (kid !== undefined && typeof kid !== 'string') return 'the key id (kid) of the token is no text';
  if (isOtherKind(typ)) return 'the token is of another kind (typ) than an access token';
  const claims = parseObject(Buffer.from(token.slice(first + 1, second), 'base64url').toString());
  if (claims === undefined) return 'the claims of the token are no JSON object';
  return {
    algorithm: alg,
    keyId: kid,
    claims,
    signed: Buffer.from(token.slice(0, second), 'latin1'),
    signature: Buffer.from(token.slice(second + 1), 'base64url'),
  };
}

/** A type such as `logout+jwt`; JWT, at+jwt (RFC 9068) and anything without the suffix may be access tokens. */
function isOtherKind(typ: unknown): boolean {
  if (typ === undefined) return false;
  if (typeof typ !== 'string') return true;
  const kind = typ.toLowerCase().replace(/^application\//, '');
  return kind.endsWith('+jwt') && kind !== 'at+jwt';
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // the caller says so
  }
}
