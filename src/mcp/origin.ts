/** Which web pages may use an endpoint (transports, security warning; RFC 6454). */

const serialized = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@,]+)$/i;
const usualPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** An `Origin` value, lower case; the port is '' where it is the scheme's usual one. */
export interface Origin {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

/** Reads an `Origin` value; null for `null` and for what is no origin. */
export function parseOrigin(value: string): Origin | null {
  const [, scheme = '', authority = ''] = serialized.exec(value) ?? [];
  if (authority === '') return null;
  const { host, port } = splitAuthority(authority.toLowerCase());
  const lower = scheme.toLowerCase();
  return { scheme: lower, host, port: port === usualPorts[lower] ? '' : port };
}

/**
 * Whether a page of this origin came from where its request goes. The scheme is not compared, since whoever ends TLS in
 * front of the gateway leaves no other trace of it.
 * @param authority Host, with port, of the request.
 */
export function isOwnOrigin(origin: Origin, authority: string): boolean {
  const { host, port } = splitAuthority(authority.toLowerCase());
  return host === origin.host && (port === usualPorts[origin.scheme] ? '' : port) === origin.port;
}

/** Origins that a file names: whole ones, `scheme://*.suffix`, `null`, and `*` for all. */
export class AllowedOrigins {
  readonly #all: boolean;
  readonly #null: boolean;
  readonly #patterns: readonly Origin[];

  constructor(patterns: readonly string[]) {
    this.#all = patterns.includes('*');
    this.#null = patterns.includes('null');
    this.#patterns = patterns.flatMap((pattern) => parseOrigin(pattern) ?? []);
  }

  /** @param origin As it was sent. */
  has(origin: string): boolean {
    if (this.#all) return true;
    if (origin === 'null') return this.#null;
    const parsed = parseOrigin(origin);
    if (parsed === null) return false;
    return this.#patterns.some(
      ({ scheme, host, port }) =>
        scheme === parsed.scheme &&
        port === parsed.port &&
        (host.startsWith('*.') ? parsed.host.endsWith(host.slice(1)) : host === parsed.host),
    );
  }
}

function splitAuthority(authority: string): { readonly host: string; readonly port: string } {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [];
  return { host: host.replace(/(?<=.)\.$/, ''), port };
}
