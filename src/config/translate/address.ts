import { isIP } from 'node:net';
import type { UpstreamAddress } from '../../model/backend.ts';
import { report, type Context, type Path } from './context.ts';

/** What a `host` text of the configuration says. */
export interface HostTarget {
  readonly address: UpstreamAddress;
  /** It was an `https:` URL. */
  readonly tls: boolean;
  /** Path of the URL as written; '' when it is only `/`. */
  readonly path: string;
}

/** Marks an unusable text: why. */
export interface HostProblem {
  readonly problem: string;
}

/**
 * Reads `host:port`, `[v6]:port`, `unix:/path` or an http(s) URL (port 80 or 443 when it has none). `bare` also takes a
 * host alone, for port 80: the MCP forms allow it.
 */
export function parseHost(text: string, options: { bare?: boolean } = {}): HostTarget | HostProblem {
  if (text.startsWith('unix:')) {
    const path = text.slice(5).replace(/^\/\/(?=\/)/, '');
    if (path === '') return { problem: 'the path of the socket is missing, as in unix:/run/app.sock' };
    return { address: { kind: 'unix', path }, tls: false, path: '' };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseUrl(text);
  const match = /^(?:\[([^\]]*)\]|([^:[\]/]+))(?::(\d{1,5}))?(\/.*)?$/.exec(text);
  if (match === null) {
    const hint = isIP(text) === 6 ? `; write an IPv6 address in brackets, as in [${text}]:8080` : '';
    return { problem: `${JSON.stringify(text)} is not host:port, [ipv6]:port, unix:/path or a URL${hint}` };
  }
  const [, v6, name, digits, path = ''] = match;
  if (v6 !== undefined && isIP(v6) !== 6) return { problem: `${JSON.stringify(v6)} is not an IPv6 address` };
  const host = v6 ?? name ?? '';
  if (path !== '' && options.bare !== true) return { problem: 'a path is possible in a URL only' };
  if (digits === undefined && options.bare !== true) {
    return { problem: `the port is missing, as in ${v6 === undefined ? host : `[${v6}]`}:8080` };
  }
  const port = digits === undefined ? 80 : Number(digits);
  if (port < 1 || port > 65_535) return { problem: `port ${port} is not between 1 and 65535` };
  return { address: { kind: 'tcp', host, port }, tls: false, path: path === '/' ? '' : path };
}

function parseUrl(text: string): HostTarget | HostProblem {
  const url = URL.parse(text);
  if (url === null) return { problem: `${JSON.stringify(text)} is not a URL` };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { problem: `the scheme must be http or https, not ${url.protocol.slice(0, -1)}` };
  }
  if (url.username !== '' || url.password !== '') return { problem: 'a URL cannot carry a user name; use backendAuth' };
  if (url.search !== '' || url.hash !== '') return { problem: 'the URL cannot have a query or a fragment here' };
  const tls = url.protocol === 'https:';
  let port = tls ? 443 : 80;
  if (url.port !== '') port = Number(url.port);
  if (port < 1) return { problem: `port ${port} is not between 1 and 65535` };
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  return { address: { kind: 'tcp', host, port }, tls, path: url.pathname === '/' ? '' : url.pathname };
}

/** {@link parseHost}, with a problem reported at `path`. */
export function hostAt(
  context: Context,
  path: Path,
  text: string,
  options: { bare?: boolean; noPath?: string } = {},
): HostTarget | undefined {
  const parsed = parseHost(text, options);
  if ('problem' in parsed) {
    report(context, path, parsed.problem);
    return undefined;
  }
  if (options.noPath !== undefined && parsed.path !== '') {
    report(context, path, `a path is not possible here; ${options.noPath}`);
    return undefined;
  }
  return parsed;
}

/** Splits an address that the process listens on; a port alone and `:port` mean every interface. */
export function parseListenAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(/^\d+$/.test(text) ? `:${text}` : text);
  if (match === null || Number(match[3]) > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? '', port: Number(match[3]) };
}
