import type { SecurityHeadersSpec } from '../../../model/policies/security-headers.ts';
import { configuredValue } from '../headers/field-text.ts';
import type { PolicyFactory } from '../policy.ts';

const names: readonly (readonly [key: Exclude<keyof SecurityHeadersSpec, 'strictTransportSecurity'>, name: string])[] =
  [
    ['contentTypeOptions', 'x-content-type-options'],
    ['frameOptions', 'x-frame-options'],
    ['referrerPolicy', 'referrer-policy'],
    ['contentSecurityPolicy', 'content-security-policy'],
    ['permissionsPolicy', 'permissions-policy'],
    ['crossOriginOpenerPolicy', 'cross-origin-opener-policy'],
    ['crossOriginResourcePolicy', 'cross-origin-resource-policy'],
  ];

const transport = 'strict-transport-security';

/** Tells browsers to be careful, where the answer does not say itself how. */
export const securityHeaders: PolicyFactory<'securityHeaders'> = {
  kind: 'securityHeaders',
  compile(spec) {
    const fields = names.flatMap(([key, name]) => {
      const text = spec[key];
      return text === undefined ? [] : [{ name, value: configuredValue(name, text) }];
    });
    const strict =
      spec.strictTransportSecurity === undefined ? null : configuredValue(transport, spec.strictTransportSecurity);
    return {
      kind: 'securityHeaders',
      onErrors: true,
      request: null,
      response: function addSecurityFields(x, { headers }) {
        for (const { name, value } of fields) if (!headers.has(name)) headers.append(name, value);
        // Without TLS it must not be sent (RFC 6797 §7.2), and anything there that says so is not to be trusted.
        if (strict !== null && x.request.scheme === 'https' && !headers.has(transport))
          headers.append(transport, strict);
      },
    };
  },
};
