import { GatewayError } from '../../../base/errors.ts';

/**
 * Refuses an actor that the subject's token does not name (RFC 8693 §4.4). Both are only read here: whether they are
 * genuine is for the token endpoint to say.
 *
 * @throws GatewayError `authorizationFailed`
 */
export function checkMayAct(subject: string, actor: string): void {
  const allowed = claimsOf(subject)?.['may_act'];
  const acting = claimsOf(actor);
  if (isObject(allowed) && acting !== null) {
    const names = Object.entries(allowed);
    if (Object.hasOwn(allowed, 'sub') && names.every(([name, value]) => acting[name] === value)) return;
  }
  throw new GatewayError('authorizationFailed', 'the token does not let this actor act for its user (may_act)');
}

function claimsOf(token: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return isObject(value) ? value : null;
  } catch {
    return null; // no JWT: it names nobody
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
