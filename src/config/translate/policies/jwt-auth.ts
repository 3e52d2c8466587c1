import type { JwtAuthSpec, JwtIssuerSpec } from '../../../model/policies/authentication.ts';
import type { JwtAuth, JwtProvider } from '../../schema/auth.ts';
import { report, type Context, type Path } from '../context.ts';
import { documentSource } from '../document.ts';
import { credentialSources, modeOf } from './credential-sources.ts';

/** `jwtAuth`. */
export function jwtAuth(context: Context, path: Path, config: JwtAuth): JwtAuthSpec | undefined {
  const several = 'providers' in config;
  const issuers = several
    ? config.providers.map((entry, index) => jwtIssuer(context, [...path, 'providers', index], entry))
    : [jwtIssuer(context, path, config)];
  if (issuers.length === 0) report(context, [...path, 'providers'], 'there are none: nobody could get in');
  const known = issuers.filter((issuer) => issuer !== undefined);
  if (known.length < issuers.length || known.length === 0) return undefined;
  return {
    mode: modeOf(context, path, config.mode),
    sources: credentialSources(context, [...path, 'location'], config.location),
    issuers: known,
  };
}

/** An issuer of tokens; undefined where its keys cannot be read, which is reported. */
export function jwtIssuer(
  context: Context,
  path: Path,
  { issuer, audiences, jwks, jwtValidationOptions }: JwtProvider,
): JwtIssuerSpec | undefined {
  const keys = documentSource(context, [...path, 'jwks'], jwks);
  if (keys === undefined) return undefined;
  return {
    issuer,
    ...(audiences === undefined ? {} : { audiences }),
    keys,
    requiredClaims: jwtValidationOptions.requiredClaims,
    leewayMs: jwtValidationOptions.leeway,
  };
}
