import type { OidcSpec } from '../../../model/policies/oidc.ts';

/** What is known of a provider (OpenID Connect Discovery 1.0 §3, RFC 9207 §3). */
export interface ProviderMetadata {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly endSessionEndpoint: string | null;
  readonly revocationEndpoint: string | null;
  /** Null: the configuration holds the keys. */
  readonly jwksUri: string | null;
  readonly secretMethod: 'basic' | 'post';
  /** Answers of the authorization endpoint carry `iss`. */
  readonly sendsIssuer: boolean;
}

/** True when the configuration says enough to do without the provider's document. */
export function isExplicit(spec: OidcSpec): boolean {
  return (
    spec.discovery === undefined &&
    spec.authorizationEndpoint !== undefined &&
    spec.tokenEndpoint !== undefined &&
    spec.jwks !== undefined
  );
}

/** The well-known document of an issuer (Discovery §4). */
export function wellKnown(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * The metadata of a discovery document, with what the configuration says instead of it.
 *
 * @throws Error in words for a log where something is wrong with it.
 */
export function readMetadata(text: string, spec: OidcSpec): ProviderMetadata {
  const document = parse(text);
  // Discovery §4.3: otherwise one provider could speak for another.
  if (document['issuer'] !== spec.issuer) {
    throw new Error(`its issuer is ${JSON.stringify(document['issuer'])}, not ${JSON.stringify(spec.issuer)}`);
  }
  return merge(document, spec);
}

/** The metadata of a configuration that {@link isExplicit}. */
export function explicitMetadata(spec: OidcSpec): ProviderMetadata {
  return merge({}, spec);
}

function merge(document: Readonly<Record<string, unknown>>, spec: OidcSpec): ProviderMetadata {
  const endpoint = (name: string): string | null => {
    const value = document[name];
    if (value === undefined || value === null) return null;
    // Anything else would be a way to make browsers run scripts.
    if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) {
      throw new Error(`its ${name} is no http or https URL`);
    }
    return value;
  };
  const needed = (name: string, configured: string | undefined): string => {
    const value = configured ?? endpoint(name);
    if (value === null) throw new Error(`it has no ${name}`);
    return value;
  };
  return {
    authorizationEndpoint: needed('authorization_endpoint', spec.authorizationEndpoint),
    tokenEndpoint: needed('token_endpoint', spec.tokenEndpoint),
    endSessionEndpoint: spec.endSessionEndpoint ?? endpoint('end_session_endpoint'),
    revocationEndpoint: endpoint('revocation_endpoint'),
    jwksUri: spec.jwks?.kind === 'text' ? null : needed('jwks_uri', spec.jwks?.url),
    secretMethod: spec.tokenEndpointAuth ?? methodOf(document['token_endpoint_auth_methods_supported']),
    sendsIssuer: document['authorization_response_iss_parameter_supported'] === true,
  };
}

/** Basic is the default, and the one that every server must know (RFC 6749 §2.3.1). */
function methodOf(supported: unknown): 'basic' | 'post' {
  if (!Array.isArray(supported) || supported.includes('client_secret_basic')) return 'basic';
  return supported.includes('client_secret_post') ? 'post' : 'basic';
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new Error('it is no JSON object');
}
