import type { IntrospectionSpec } from '../../../model/policies/authentication.ts';
import type { HelperTarget } from '../../../model/policies/helper.ts';
import type { Introspection } from '../../schema/introspection.ts';
import { secret } from '../secret.ts';
import type { Context, Path } from '../context.ts';
import { checkPlain } from '../document.ts';
import { systemTls } from '../tls.ts';
import { credentialSource, modeOf } from './credential-sources.ts';

/** `introspection`. */
export function introspection(context: Context, path: Path, config: Introspection): IntrospectionSpec | undefined {
  const clientSecret = secret(context, [...path, 'clientSecret'], config.clientSecret);
  if (clientSecret === undefined) return undefined;
  checkPlain(context, [...path, 'url'], config.url);
  const server = urlTarget(config.url);
  const { url, clientId, issuer, audiences, scopes } = config;
  return {
    mode: modeOf(context, path, config.mode),
    sources: [credentialSource(context, [...path, 'location'], config.location)],
    server,
    url,
    clientId,
    clientSecret,
    clientAuth: config.clientAuth === 'clientSecretPost' ? 'post' : 'basic',
    ...(issuer === undefined ? {} : { issuer }),
    ...(audiences === undefined ? {} : { audiences }),
    scopes,
    cacheTtlMs: config.cacheTtl,
    cacheEntries: config.cacheEntries,
    timeoutMs: config.timeout,
  };
}

/** The server of an absolute URL. */
function urlTarget(text: string): HelperTarget {
  const { protocol, hostname, port } = new URL(text);
  const tls = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    backend: { kind: 'host', address: { kind: 'tcp', host, port: port === '' ? (tls ? 443 : 80) : Number(port) } },
    ...(tls ? { policies: { backendTLS: systemTls } } : {}),
  };
}
