import type { SecurityHeadersSpec } from '../../../model/policies/security-headers.ts';
import type { SecurityHeaders } from '../../schema/web-policies.ts';

/** `securityHeaders`. */
export function securityHeaders(config: SecurityHeaders): SecurityHeadersSpec {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined && value !== 'off'));
}
