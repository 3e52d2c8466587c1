import type { AuthorityRewrite, PathRewrite, RequestRedirectSpec, UrlRewriteSpec } from '../../model/policy.ts';
import type { AuthorityChange, PathChange, RequestRedirect, UrlRewrite } from '../schema/rewrite.ts';

/** A redirect; 302 when the file names no status. */
export function requestRedirect(config: RequestRedirect): RequestRedirectSpec {
  return {
    ...(config.scheme === undefined ? {} : { scheme: config.scheme }),
    ...(config.authority === undefined ? {} : { authority: authority(config.authority) }),
    ...(config.path === undefined ? {} : { path: path(config.path) }),
    status: config.status ?? 302,
  };
}

/** A rewrite of the request's authority and path. */
export function urlRewrite(config: UrlRewrite): UrlRewriteSpec {
  return {
    ...(config.authority === undefined ? {} : { authority: authority(config.authority) }),
    ...(config.path === undefined ? {} : { path: path(config.path) }),
  };
}

function authority(config: AuthorityChange): AuthorityRewrite {
  if (config === 'auto' || config === 'none') return { kind: config };
  if (config.full !== undefined) return { kind: 'full', value: config.full };
  if (config.host !== undefined) return { kind: 'host', value: config.host };
  return { kind: 'port', value: config.port };
}

function path(config: PathChange): PathRewrite {
  return config.full === undefined ? { kind: 'prefix', value: config.prefix } : { kind: 'full', value: config.full };
}
