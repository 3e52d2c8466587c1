import type { BackendAuthSpec, BackendPolicySpecs, HeaderModifierSpec } from '../../model/policy.ts';
import { joinAuthorization } from '../../model/policies/join-authorization.ts';
import type { TcpKeepalive } from '../../model/process.ts';
import type { BackendAuth, BackendHttp, Tunnel } from '../schema/connect.ts';
import type { BackendPolicies } from '../schema/backend-policies.ts';
import type { HeaderModifier, Keepalive } from '../schema/common.ts';
import { backendAuthWith } from './backend-auth.ts';
import type { Context, Path } from './context.ts';
import { requestRedirect } from './rewrite.ts';
import { backendTls } from './tls.ts';
import { backendTunnel } from './tunnel.ts';

/** Policies of the requests to one backend; those of MCP targets and other helpers are a part of them. */
export function backendPolicies(context: Context, path: Path, config: BackendPolicies | undefined): BackendPolicySpecs {
  if (config === undefined) return {};
  const { requestHeaderModifier, responseHeaderModifier } = config;
  const tunnel = tunnelField(context, path, config.backendTunnel);
  const auth =
    config.backendAuth === undefined ? undefined : backendAuth(context, [...path, 'backendAuth'], config.backendAuth);
  return {
    ...(requestHeaderModifier === undefined ? {} : { requestHeaderModifier: headerModifier(requestHeaderModifier) }),
    ...(responseHeaderModifier === undefined ? {} : { responseHeaderModifier: headerModifier(responseHeaderModifier) }),
    ...(config.requestRedirect === undefined ? {} : { requestRedirect: requestRedirect(config.requestRedirect) }),
    ...(config.backendTLS === undefined
      ? {}
      : { backendTLS: backendTls(context, [...path, 'backendTLS'], config.backendTLS) }),
    ...(auth === undefined ? {} : { backendAuth: auth }),
    ...(config.http === undefined ? {} : { http: backendHttp(config.http) }),
    ...(config.tcp === undefined
      ? {}
      : {
          tcp: {
            connectTimeoutMs: config.tcp.connectTimeout,
            keepalive: keepaliveField(config.tcp.keepalives).keepalive ?? 'off',
          },
        }),
    ...tunnel,
  };
}

/** `backendTunnel` of a level, of which `path` is the place. */
export function tunnelField(
  context: Context,
  path: Path,
  config: Tunnel | undefined,
): Pick<BackendPolicySpecs, 'backendTunnel'> {
  if (config === undefined) return {};
  const spec = backendTunnel(context, [...path, 'backendTunnel'], config, (at, policies) =>
    backendPolicies(context, at, policies),
  );
  return spec === undefined ? {} : { backendTunnel: spec };
}

function backendHttp({ version, requestTimeout }: BackendHttp): NonNullable<BackendPolicySpecs['http']> {
  return {
    ...(requestTimeout === undefined ? {} : { requestTimeoutMs: requestTimeout }),
    ...(version === undefined ? {} : { version: /^(?:HTTP\/)?2/.test(version) ? '2' : '1.1' }),
  };
}

/**
 * Several levels as one, the most specific first: per kind, the first that sets it counts; rules count together
 * (agentgateway §1.6).
 */
export function mergeBackendPolicies(levels: readonly BackendPolicySpecs[]): BackendPolicySpecs {
  const all = levels.toReversed();
  const authorization = all.flatMap((level) => level.authorization ?? []);
  const mcpAuthorization = all.flatMap((level) => level.mcpAuthorization ?? []);
  const merged = Object.assign({}, ...all) as BackendPolicySpecs;
  return {
    ...merged,
    ...(authorization.length === 0 ? {} : { authorization: joinAuthorization(authorization) }),
    ...(mcpAuthorization.length === 0 ? {} : { mcpAuthorization }),
  };
}

/** Header changes with lower-case names. */
export function headerModifier(config: HeaderModifier): HeaderModifierSpec {
  const lower = (fields: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
    new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));
  return { set: lower(config.set), add: lower(config.add), remove: config.remove.map((name) => name.toLowerCase()) };
}

/** `keepalive` of a connection, unless it is switched off. */
export function keepaliveField(config: Keepalive): { keepalive?: TcpKeepalive } {
  if (!config.enabled) return {};
  return { keepalive: { timeMs: config.time, intervalMs: config.interval, retries: config.retries } };
}

/** Credentials for a backend; undefined where something is wrong with them, which is reported. */
export function backendAuth(context: Context, path: Path, config: BackendAuth): BackendAuthSpec | undefined {
  return backendAuthWith(context, path, config, (at, policies) => backendPolicies(context, at, policies));
}
