import type {
  BackendAuthSpec,
  BackendPolicySpecs,
  CredentialLocation,
  HeaderModifierSpec,
} from '../../model/policy.ts';
import type { TcpKeepalive } from '../../model/process.ts';
import type { BackendAuth, BackendHttp, Tunnel } from '../schema/connect.ts';
import type { BackendPolicies } from '../schema/backend-policies.ts';
import type {
  CredentialLocation as LocationConfig,
  HeaderModifier,
  Keepalive,
  SecretOrFile,
} from '../schema/common.ts';
import { awsAuth, azureAuth, gcpAuth } from './cloud-auth.ts';
import { readText, report, type Context, type Path } from './context.ts';
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

/** Several levels as one, the most specific first: per kind, the first that sets it counts. */
export function mergeBackendPolicies(levels: readonly BackendPolicySpecs[]): BackendPolicySpecs {
  return Object.assign({}, ...levels.toReversed()) as BackendPolicySpecs;
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

/** Credentials for a backend; kinds that are not built yet were refused before. */
export function backendAuth(context: Context, path: Path, config: BackendAuth): BackendAuthSpec | undefined {
  if (config === 'copilot') return { kind: 'copilot' };
  if ('passthrough' in config && config.passthrough !== undefined) {
    return {
      kind: 'passthrough',
      ...locationField(context, [...path, 'passthrough', 'location'], config.passthrough.location),
    };
  }
  if ('aws' in config && config.aws !== undefined) return awsAuth(context, [...path, 'aws'], config.aws);
  if ('azure' in config && config.azure !== undefined) return azureAuth(config.azure);
  if ('gcp' in config && config.gcp !== undefined) {
    const at: Path = [...path, 'gcp'];
    const { credential } = config.gcp;
    const text = credential === undefined ? undefined : secret(context, [...at, 'credential'], credential);
    return gcpAuth(context, at, config.gcp, text);
  }
  if (!('key' in config) || config.key === undefined) return undefined;
  const key = config.key;
  const located = typeof key === 'object' && 'value' in key;
  const at: Path = located ? [...path, 'key', 'value'] : [...path, 'key'];
  const value = secret(context, at, located ? key.value : key);
  if (value === undefined) return undefined;
  return { kind: 'key', value, ...(located ? locationField(context, [...path, 'key', 'location'], key.location) : {}) };
}

/** A secret written in the file, or the text of the file it names without surrounding white space. */
export function secret(context: Context, path: Path, config: SecretOrFile): string | undefined {
  const text = typeof config === 'string' ? config : readText(context, [...path, 'file'], config.file)?.trim();
  if (text === '') {
    report(context, path, 'the secret is empty');
    return undefined;
  }
  return text;
}

function locationField(
  context: Context,
  path: Path,
  config: LocationConfig | undefined,
): { location?: CredentialLocation } {
  if (config === undefined) return {};
  if (config.header !== undefined) {
    return {
      location: { kind: 'header', name: config.header.name.toLowerCase(), prefix: config.header.prefix ?? '' },
    };
  }
  if (config.queryParameter !== undefined) return { location: { kind: 'query', name: config.queryParameter.name } };
  if (config.cookie !== undefined) return { location: { kind: 'cookie', name: config.cookie.name } };
  if (config.expression !== undefined) {
    report(context, [...path, 'expression'], 'an expression can find a credential, but not say where to put one');
  }
  return {};
}
