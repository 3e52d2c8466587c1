import { parseDuration } from '../../../base/duration.ts';
import type { ExtAuthzCacheSpec, ExtAuthzSpec } from '../../../model/policies/ext-authz.ts';
import type { Conditional } from '../../../model/policy.ts';
import type { ExtAuthz, ExtAuthzPolicy } from '../../schema/ext.ts';
import { conditionals } from '../conditional.ts';
import { warn, type Context, type Path } from '../context.ts';
import { expression, expressionMap } from '../expressions.ts';
import { helperTarget } from '../helper-target.ts';

/** What agentgateway's own description calls the default of `maxRequestBytes`; 0 would show nothing. */
const defaultBodyBytes = 8192;

/** What agentgateway makes of 0. */
const defaultEntries = 10_000;

/** `extAuthz` with or without variants. */
export function extAuthzVariants(context: Context, path: Path, config: ExtAuthzPolicy): Conditional<ExtAuthzSpec> {
  return conditionals(context, path, config, extAuthz);
}

/** One `extAuthz`; undefined where the service cannot be reached, which was reported. */
export function extAuthz(context: Context, path: Path, config: ExtAuthz): ExtAuthzSpec | undefined {
  const target = helperTarget(context, path, config, config.protocol.http === undefined ? 'grpc' : 'http');
  if (target === undefined) return undefined;
  const { includeRequestBody: body, failureMode } = config;
  if (failureMode === 'allow') {
    warn(context, [...path, 'failureMode'], 'requests pass unchecked while the authorization service cannot be asked');
  }
  return {
    target,
    protocol: protocolOf(context, [...path, 'protocol'], config.protocol),
    failureMode: typeof failureMode === 'string' ? failureMode : failureMode.denyWithStatus,
    includeHeaders: config.includeRequestHeaders.map((name) => name.toLowerCase()),
    ...(body === undefined
      ? {}
      : {
          body: {
            maxBytes: body.maxRequestBytes === 0 ? defaultBodyBytes : body.maxRequestBytes,
            allowPartial: body.allowPartialMessage,
            asBytes: body.packAsBytes,
          },
        }),
    ...(config.cache === undefined ? {} : { cache: cacheOf(context, [...path, 'cache'], config.cache) }),
  };
}

function protocolOf(context: Context, path: Path, config: ExtAuthz['protocol']): ExtAuthzSpec['protocol'] {
  const { grpc, http } = config;
  if (http === undefined) {
    const metadata = grpc?.metadata;
    return {
      kind: 'grpc',
      context: new Map(Object.entries(grpc?.context ?? {})),
      ...(metadata === undefined
        ? {}
        : { metadata: expressionMap(context, [...path, 'grpc', 'metadata'], metadata, 'request') }),
    };
  }
  const at: Path = [...path, 'http'];
  const one = (name: 'path' | 'redirect' | 'body'): { readonly [key: string]: string } => {
    const source = http[name];
    return source === undefined ? {} : { [name]: expression(context, [...at, name], source, 'request') };
  };
  return {
    kind: 'http',
    ...one('path'),
    ...one('redirect'),
    ...one('body'),
    includeResponseHeaders: http.includeResponseHeaders.map((name) => name.toLowerCase()),
    addHeaders: lowerKeys(expressionMap(context, [...at, 'addRequestHeaders'], http.addRequestHeaders, 'request')),
    metadata: expressionMap(context, [...at, 'metadata'], http.metadata, 'response'),
  };
}

function cacheOf(context: Context, path: Path, config: NonNullable<ExtAuthz['cache']>): ExtAuthzCacheSpec {
  if (config.key.length === 0) {
    warn(context, [...path, 'key'], 'without expressions nothing is kept: every request is asked about');
  }
  return {
    key: config.key.map((source, i) => expression(context, [...path, 'key', i], source, 'request')),
    ttl: parseDuration(config.ttl) ?? expression(context, [...path, 'ttl'], config.ttl, 'request'),
    maxEntries: config.maxEntries === 0 ? defaultEntries : config.maxEntries,
  };
}

function lowerKeys<V>(map: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  return new Map([...map].map(([key, value]) => [key.toLowerCase(), value]));
}
