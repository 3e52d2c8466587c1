import type { McpAuthenticationSpec } from '../../../model/policies/mcp-authentication.ts';
import { serverWellKnown } from './public-url.ts';
import { providerTraits, type ServerMetadata } from './providers.ts';

/** Members of the metadata as the file has them, with the scopes that clients should ask for first where it names none. */
export function resourceMembers(
  members: McpAuthenticationSpec['resourceMetadata'],
  scopes: readonly string[],
): ServerMetadata {
  return scopes.length === 0 || members['scopes_supported'] !== undefined
    ? members
    : { ...members, scopes_supported: scopes };
}

/**
 * Metadata of this gateway as a protected resource (RFC 9728 §2).
 *
 * @param server Metadata of the authorization server; null: it is not known now.
 * @param path Of the resource.
 */
export function resourceDocument(
  spec: McpAuthenticationSpec,
  server: ServerMetadata | null,
  origin: string,
  path: string,
): ServerMetadata {
  const { resource, ...members } = spec.resourceMetadata;
  const configured = typeof resource === 'string' ? resource : undefined;
  const named = configured !== undefined && (path === '' || new URL(configured).pathname.replace(/\/$/, '') === path);
  return {
    resource: named ? configured : `${origin}${path}`,
    authorization_servers: [isAdapted(spec) && !standsAside(spec, server) ? `${origin}${path}` : spec.issuer],
    bearer_methods_supported: ['header'],
    ...members,
  };
}

/** Metadata of the authorization server (RFC 8414 §2) as clients get it here. @param path Of the resource. */
export function serverDocument(
  spec: McpAuthenticationSpec,
  metadata: ServerMetadata,
  origin: string,
  path: string,
): ServerMetadata {
  if (!isAdapted(spec)) return metadata;
  const traits = spec.provider === undefined ? {} : providerTraits[spec.provider];
  const own = `${origin}${serverWellKnown}${path}`;
  const changed: Record<string, unknown> = { ...metadata, issuer: `${origin}${path}` };
  // Answers come from the provider, which names itself (RFC 9207).
  delete changed['authorization_response_iss_parameter_supported'];
  if (traits.audienceParameter === true) {
    changed['authorization_endpoint'] = withAudience(metadata['authorization_endpoint'], spec.audiences[0] ?? '');
  }
  if (traits.refusesResource === true) {
    changed['authorization_endpoint'] = `${own}/authorize`;
    changed['token_endpoint'] = `${own}/token`;
  }
  if (spec.clientId !== undefined || registrationTarget(spec, metadata) !== null) {
    changed['registration_endpoint'] = `${own}/client-registration`;
  }
  // Every provider that is listed takes it, and clients refuse those that do not say so.
  changed['code_challenge_methods_supported'] ??= ['S256'];
  return changed;
}

/** Whether clients would refuse answers of the authorization server that come in the gateway's name (RFC 9207 §2.4). */
export function namesItself(metadata: ServerMetadata): boolean {
  return metadata['authorization_response_iss_parameter_supported'] === true;
}

/** Whether clients had better use the authorization server itself than the gateway in its place, and can. */
export function standsAside(spec: McpAuthenticationSpec, metadata: ServerMetadata | null): boolean {
  if (metadata === null || !namesItself(metadata) || spec.clientId !== undefined) return false;
  const traits = spec.provider === undefined ? {} : providerTraits[spec.provider];
  return traits.audienceParameter !== true && traits.refusesResource !== true;
}

/** Whether clients see the gateway in the authorization server's place. */
export function isAdapted({ provider, clientId }: McpAuthenticationSpec): boolean {
  return provider !== undefined || clientId !== undefined;
}

/** Where the gateway registers clients; null: nowhere. */
export function registrationTarget(spec: McpAuthenticationSpec, metadata: ServerMetadata): string | null {
  const named = metadata['registration_endpoint'];
  const traits = spec.provider === undefined ? {} : providerTraits[spec.provider];
  const usual = traits.registrationEndpoint?.(new URL(spec.issuer));
  return usual ?? (typeof named === 'string' ? named : null);
}

function withAudience(endpoint: unknown, audience: string): unknown {
  if (typeof endpoint !== 'string') return endpoint;
  const url = new URL(endpoint);
  url.searchParams.set('audience', audience);
  return url.href;
}
