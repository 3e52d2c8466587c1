import type {
  McpAuthenticationSpec,
  McpIdentityProvider,
  McpScopesSpec,
  RequiredScopes,
} from '../../../model/policies/mcp-authentication.ts';
import type { McpAuthentication, RequiredScopes as RequiredScopesConfig } from '../../schema/auth.ts';
import { report, warn, type Context, type Path } from '../context.ts';
import { checkPlain, documentSource } from '../document.ts';
import { credentialSource } from './credential-sources.ts';

/** `mcpAuthentication`. */
export function mcpAuthentication(
  context: Context,
  path: Path,
  config: McpAuthentication,
): McpAuthenticationSpec | undefined {
  const { issuer, audiences, jwks, jwtValidationOptions, clientId, clientSecret } = config;
  const keys = jwks === undefined ? undefined : documentSource(context, [...path, 'jwks'], jwks);
  if (jwks !== undefined && keys === undefined) return undefined;
  if (URL.parse(issuer) === null) {
    report(context, [...path, 'issuer'], 'clients have to find the issuer: it must be a URL');
    return undefined;
  }
  checkPlain(context, [...path, 'issuer'], issuer);
  if (audiences.length === 0)
    report(context, [...path, 'audiences'], 'there are none: no token could be for this server');
  const provider = providerOf(config.provider);
  if (clientSecret !== undefined && provider !== 'entra') {
    warn(context, [...path, 'clientSecret'], 'only provider entra has a use for it');
  }
  return {
    mode: config.mode,
    sources: [credentialSource(context, [...path, 'authorizationLocation'], config.authorizationLocation)],
    issuer,
    audiences,
    ...(keys === undefined ? {} : { keys }),
    requiredClaims: jwtValidationOptions.requiredClaims,
    leewayMs: jwtValidationOptions.leeway,
    ...(provider === undefined ? {} : { provider }),
    resourceMetadata: resourceMetadata(context, [...path, 'resourceMetadata'], config.resourceMetadata),
    scopes: {
      required: (config.requiredScopes ?? []).map(requiredScopes),
      implied: new Map(Object.entries(config.impliedScopes ?? {})),
    },
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
  };
}

function requiredScopes({ scopes, tools, prompts, resources }: RequiredScopesConfig): RequiredScopes {
  return {
    scopes,
    ...(tools === undefined ? {} : { tools }),
    ...(prompts === undefined ? {} : { prompts }),
    ...(resources === undefined ? {} : { resources }),
  };
}

/** Reports scopes of tools, prompts or resources where nobody would know which of them a request is about. */
export function checkScopes(context: Context, path: Path, kind: string, scopes: McpScopesSpec | undefined): void {
  if (kind === 'mcp' || scopes === undefined || !scopes.required.some(isByItem)) return;
  report(
    context,
    path,
    'requiredScopes of mcpAuthentication name tools, prompts or resources, which are known at mcp backends only',
  );
}

function isByItem({ tools, prompts, resources }: RequiredScopes): boolean {
  return tools !== undefined || prompts !== undefined || resources !== undefined;
}

const providers: readonly McpIdentityProvider[] = ['auth0', 'keycloak', 'okta', 'descope', 'authentik', 'entra'];

function providerOf(config: McpAuthentication['provider']): McpIdentityProvider | undefined {
  return config === undefined ? undefined : providers.find((kind) => config[kind] !== undefined);
}

/** The members with the names of RFC 9728, which agentgateway's files write in camel case. */
function resourceMetadata(
  context: Context,
  path: Path,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const members = Object.entries(config).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  const metadata = Object.fromEntries(members) as Record<string, unknown>;
  const { resource } = metadata;
  if (resource !== undefined && (typeof resource !== 'string' || URL.parse(resource) === null)) {
    report(context, [...path, 'resource'], 'it must be the URL that clients use for this server');
  } else if (typeof resource === 'string' && /[#?]|[^/]\/$/.test(resource)) {
    warn(context, [...path, 'resource'], 'MCP clients use the URL without a fragment, a query and a slash at its end');
  }
  const { scopes_supported: scopes } = metadata;
  if (Array.isArray(scopes) && scopes.includes('offline_access')) {
    const at = [...path, 'scopesSupported'];
    warn(context, at, 'offline_access is for clients to ask for: a server does not need it (MCP, authorization)');
  }
  return metadata;
}
