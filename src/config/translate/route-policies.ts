import type { BackendPolicySpecs, PolicySpecs } from '../../model/policy.ts';
import type { GatewayPolicies, RoutePolicies } from '../schema/route-policies.ts';
import { backendAuth, headerModifier, tunnelField } from './backend-policies.ts';
import type { Context, Path } from './context.ts';
import { apiKey } from './policies/api-key.ts';
import { authorization, authorizationRules } from './policies/authorization.ts';
import { basicAuth } from './policies/basic-auth.ts';
import { buffer } from './policies/buffer.ts';
import { compression } from './policies/compression.ts';
import { concurrency } from './policies/concurrency.ts';
import { cors } from './policies/cors.ts';
import { csrf } from './policies/csrf.ts';
import { delay } from './policies/delay.ts';
import { directResponses } from './policies/direct-response.ts';
import { extAuthzVariants } from './policies/ext-authz.ts';
import { extProcVariants } from './policies/ext-proc.ts';
import { introspection } from './policies/introspection.ts';
import { jwtAuth } from './policies/jwt-auth.ts';
import { ipAccess } from './policies/ip-access.ts';
import { oidc } from './policies/oidc.ts';
import { localRateLimits } from './policies/local-rate-limit.ts';
import { mcpAuthentication } from './policies/mcp-authentication.ts';
import { remoteRateLimits } from './policies/remote-rate-limit.ts';
import { requestMirror } from './policies/request-mirror.ts';
import { retry } from './policies/retry.ts';
import { securityHeaders } from './policies/security-headers.ts';
import { timeout } from './policies/timeout.ts';
import { conditionalTransformations } from './policies/transformations.ts';
import { requestRedirect, urlRewrite } from './rewrite.ts';
import { backendTls } from './tls.ts';

/** Policies of one attachment level: those of routes, and those that hold for every backend reached from there. */
export interface LevelPolicies {
  readonly route: PolicySpecs;
  readonly backend: BackendPolicySpecs;
}

/** Translates one kind of a level: an object with that key, or an empty one. */
type Step = (context: Context, path: Path, config: RoutePolicies) => PolicySpecs;

/** @param translate Makes the spec; undefined where nothing can be made of it, which was reported. */
function step<K extends keyof PolicySpecs>(
  kind: K,
  translate: (context: Context, path: Path, config: NonNullable<RoutePolicies[K]>) => PolicySpecs[K] | undefined,
): Step {
  return (context, path, config) => {
    const part = config[kind];
    const spec = part === undefined ? undefined : translate(context, [...path, kind], part);
    return spec === undefined ? {} : ({ [kind]: spec } as PolicySpecs);
  };
}

/** How each kind of policy becomes its spec. */
const steps: readonly Step[] = [
  step('timeout', timeout),
  step('retry', retry),
  step('buffer', buffer),
  step('requestHeaderModifier', (_context, _path, config) => headerModifier(config)),
  step('responseHeaderModifier', (_context, _path, config) => headerModifier(config)),
  step('urlRewrite', (_context, _path, config) => urlRewrite(config)),
  step('requestRedirect', (_context, _path, config) => requestRedirect(config)),
  step('requestMirror', requestMirror),
  step('delay', delay),
  step('directResponse', directResponses),
  step('oidc', oidc),
  step('ipAccess', ipAccess),
  step('cors', cors),
  step('transformations', conditionalTransformations),
  step('csrf', csrf),
  step('securityHeaders', (_context, _path, config) => securityHeaders(config)),
  step('compression', compression),
  step('mcpAuthentication', mcpAuthentication),
  step('jwtAuth', jwtAuth),
  step('introspection', introspection),
  step('basicAuth', basicAuth),
  step('apiKey', apiKey),
  step('extAuthz', extAuthzVariants),
  step('authorization', authorization),
  step('extProc', extProcVariants),
  step('concurrency', concurrency),
  step('localRateLimit', localRateLimits),
  step('remoteRateLimit', remoteRateLimits),
];

/** Translates the policies of one level that act on requests; kinds that are not built yet were refused before. */
export function policySpecs(
  context: Context,
  path: Path,
  config: RoutePolicies | GatewayPolicies | undefined,
): PolicySpecs {
  if (config === undefined) return {};
  return Object.assign({}, ...steps.map((translate) => translate(context, path, config))) as PolicySpecs;
}

/** Translates one level. */
export function routePolicies(context: Context, path: Path, config: RoutePolicies | undefined): LevelPolicies {
  if (config === undefined) return { route: {}, backend: {} };
  const auth =
    config.backendAuth === undefined ? undefined : backendAuth(context, [...path, 'backendAuth'], config.backendAuth);
  const route = policySpecs(context, path, config);
  const backend: BackendPolicySpecs = {
    ...(config.backendTLS === undefined
      ? {}
      : { backendTLS: backendTls(context, [...path, 'backendTLS'], config.backendTLS) }),
    ...(auth === undefined ? {} : { backendAuth: auth }),
    ...(config.mcpAuthorization === undefined
      ? {}
      : {
          mcpAuthorization: authorizationRules(
            context,
            [...path, 'mcpAuthorization', 'rules'],
            config.mcpAuthorization.rules,
            'mcp',
          ),
        }),
    ...(config.a2a === undefined ? {} : { a2a: true }),
    ...(config.authorization?.cedar === undefined ? {} : { cedar: true }),
    ...(route.mcpAuthentication === undefined ? {} : { mcpScopes: route.mcpAuthentication.scopes }),
    ...tunnelField(context, path, config.backendTunnel),
  };
  return { route, backend };
}
