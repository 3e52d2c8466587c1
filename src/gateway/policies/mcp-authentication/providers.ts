import type { McpIdentityProvider } from '../../../model/policies/mcp-authentication.ts';

/** Metadata of an authorization server (RFC 8414), or of an OpenID provider. */
export type ServerMetadata = Readonly<Record<string, unknown>>;

/** What a provider does otherwise than MCP clients expect, and what the gateway does about it. */
export interface ProviderTraits {
  /** It has OpenID's metadata document only. */
  readonly openIdOnly?: true;
  /** It knows resources by `audience` in place of `resource` (RFC 8707). */
  readonly audienceParameter?: true;
  /** It refuses `resource`: the two endpoints that get it are reached by way of the gateway, which leaves it out. */
  readonly refusesResource?: true;
  /** Where clients register, when the metadata does not say. */
  registrationEndpoint?(issuer: URL): string;
}

export const providerTraits: Readonly<Record<McpIdentityProvider, ProviderTraits>> = {
  auth0: { audienceParameter: true },
  // Browsers may not register there, for want of CORS.
  keycloak: { openIdOnly: true },
  okta: {
    openIdOnly: true,
    audienceParameter: true,
    registrationEndpoint: ({ origin }) => `${origin}/oauth2/v1/clients`,
  },
  descope: { openIdOnly: true },
  // Has none, and clients ask for one.
  authentik: { openIdOnly: true },
  entra: { openIdOnly: true, refusesResource: true },
};

/** Where the metadata of an issuer may be, the likeliest first (RFC 8414 §3.1, §5; OpenID Connect Discovery §4.1). */
export function metadataUrls(issuer: string, openIdOnly: boolean): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const openId = `${origin}${path}/.well-known/openid-configuration`;
  if (openIdOnly) return [openId];
  const inserted = `${origin}/.well-known/openid-configuration${path}`;
  return [`${origin}/.well-known/oauth-authorization-server${path}`, ...(path === '' ? [] : [inserted]), openId];
}
