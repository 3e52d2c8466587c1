import type { RequestRedirectSpec } from '../../../model/policy.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { Exchange } from '../../exchange.ts';
import { hostOf } from '../../match/hostname.ts';
import type { Policy, PolicyFactory } from '../policy.ts';
import { rewritePath } from '../url-rewrite/rewrite.ts';

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** A policy that answers with a redirect (Gateway API HTTPRequestRedirectFilter). */
export function compileRedirect(spec: RequestRedirectSpec): Policy {
  return {
    kind: 'requestRedirect',
    request: function redirect(x) {
      return { status: spec.status, headers: new HeaderList(['location', location(x, spec)]), body: '' };
    },
    response: null,
  };
}

/** The same as a policy of routes. */
export const requestRedirect: PolicyFactory<'requestRedirect'> = { kind: 'requestRedirect', compile: compileRedirect };

/** Absolute URL of the redirect; a port that the scheme implies is left out. */
function location(x: Exchange, spec: RequestRedirectSpec): string {
  const { request } = x;
  const scheme = spec.scheme ?? request.scheme;
  const path = spec.path === undefined ? request.path : rewritePath(request.path, x.pathMatch, spec.path);
  return `${scheme}://${authority(x, spec, scheme)}${path}${request.query}`;
}

function authority(x: Exchange, spec: RequestRedirectSpec, scheme: string): string {
  const rewrite = spec.authority;
  if (rewrite?.kind === 'full') return rewrite.value;
  const host = rewrite?.kind === 'host' ? rewrite.value : hostOf(x.request.authority);
  const port = rewrite?.kind === 'port' ? rewrite.value : keptPort(x, spec);
  return port === undefined || port === defaultPorts[scheme] ? host : `${host}:${port}`;
}

/** A new scheme means its own port; otherwise the client's port stays (HTTPRequestRedirectFilter.port). */
function keptPort(x: Exchange, spec: RequestRedirectSpec): number | undefined {
  if (spec.scheme !== undefined && spec.scheme !== x.request.scheme) return undefined;
  const port = /:(\d+)$/.exec(x.request.authority)?.[1];
  return port === undefined ? undefined : Number(port);
}
