/** Origins of web pages and which of them a file allows (RFC 6454). */

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

/** Origins that a file names: whole ones, with `*` for any part of the host, `null`, and `*` alone for all. */
export class AllowedOrigins {
  readonly #all: boolean;
  readonly #null: boolean;
  readonly #whole: ReadonlySet<string>;
  readonly #patterns: readonly Origin[];

  constructor(patterns: readonly string[]) {
    this.#all = patterns.includes('*');
    this.#null = patterns.includes('null');
    const parsed = patterns.flatMap((pattern) => parseOrigin(pattern) ?? []);
    this.#whole = new Set(parsed.filter(({ host }) => !host.includes('*')).map(keyOf));
    this.#patterns = parsed.filter(({ host }) => host.includes('*'));
  }

  /** @param origin As it was sent. */
  has(origin: string): boolean {
    if (this.#all) return true;
    if (origin === 'null') return this.#null;
    if (this.#whole.has(origin)) return true;
    const parsed = parseOrigin(origin);
    // An origin with a star is no origin of any page.
    if (parsed === null || parsed.host.includes('*')) return false;
    if (this.#whole.has(keyOf(parsed))) return true;
    return this.#patterns.some(
      ({ scheme, host, port }) => scheme === parsed.scheme && port === parsed.port && fits(host, parsed.host),
    );
  }
}

function keyOf({ scheme, host, port }: Origin): string {
  return `${scheme}://${host}${port === '' ? '' : `:${port}`}`;
}

/** Whether the text fits a pattern in which each `*` stands for any characters; takes the product of the lengths at most. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function splitAuthority(authority: string): { readonly host: string; readonly port: string } {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [];
  return { host: host.replace(/(?<=.)\.$/, ''), port };
}
