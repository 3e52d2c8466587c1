import { isIP } from 'node:net';
import { RE2JS } from 're2js';
import { textLike } from './scalar.ts';
import type { Schema } from './node.ts';

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const pseudo = /^:(?:authority|method|path|scheme|status)$/;
const label = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;

/** A header field name (RFC 9110 §5.1). */
export const headerName: Schema<string> = textLike({
  label: 'a header name',
  pattern: token.source,
  check: (value) => (token.test(value) ? undefined : "only letters, digits and !#$%&'*+-.^_`|~ may stand in one"),
});

/** A header name, or one of the pseudo headers `:authority`, `:method`, `:path`, `:scheme`, `:status`. */
export const headerOrPseudo: Schema<string> = textLike({
  label: 'a header name or pseudo header such as :path',
  check: (value) => (token.test(value) || pseudo.test(value) ? undefined : ''),
});

/** A regular expression in RE2 syntax. */
export const regex: Schema<string> = textLike({
  label: 'a regular expression (RE2 syntax)',
  format: 're2',
  check: regexError,
});

/** A host name, exact or with `*` as its first label, or `*` alone. */
export const hostname: Schema<string> = textLike({
  label: 'a host name such as api.example.com or *.example.com',
  check: (value) => (value === '*' || isHostname(value.startsWith('*.') ? value.slice(2) : value) ? undefined : ''),
});

/** An absolute http or https URL. */
export const httpUrl: Schema<string> = textLike({
  label: 'a URL such as https://host/path',
  pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
  format: 'uri',
  check: (value) => (isHttpUrl(value) ? undefined : ''),
});

/** Where a plain backend is: `host:port`, `[::1]:port`, `unix:/path`, or an http(s) URL. */
export const hostPort: Schema<string> = textLike({
  label: 'host:port, unix:/path or a URL',
  pattern: ':',
  check: (value) => (isHostPort(value) || isHttpUrl(value) ? undefined : hostPortHint(value)),
});

/** Where an HTTP service of the MCP forms is: as {@link hostPort}, or a host name alone. */
export const hostOrUrl: Schema<string> = textLike({
  label: 'a host, host:port or URL',
  check: (value) => (isHostPort(value) || isHttpUrl(value) || isHost(value) ? undefined : ''),
});

/** A listening address of the process: `host:port`, `:port` or a port alone. */
export const listenAddress: Schema<string> = textLike({
  label: 'an address such as localhost:15000',
  check: (value) => (isHostPort(value.startsWith(':') ? `0.0.0.0${value}` : value) ? undefined : ''),
});

/** An IP address. */
export const ipAddress: Schema<string> = textLike({
  label: 'an IP address such as 127.0.0.1 or ::1',
  check: (value) => (isIP(value) === 0 ? '' : undefined),
});

/** A path that starts with a slash. */
export const urlPath: Schema<string> = textLike({
  label: 'a path that starts with /',
  pattern: '^/',
  check: (value) => (value.startsWith('/') ? undefined : ''),
});

/** `namespace/hostname` of a service. */
export const namespacedHostname: Schema<string> = textLike({
  label: 'namespace/hostname',
  pattern: '^[^/]+/[^/]+$',
  check: (value) => (/^[^/\s]+\/[^/\s]+$/.test(value) ? undefined : ''),
});

/** An HTTP version, with or without `HTTP/` before it. */
export const httpVersion: Schema<string> = textLike({
  label: 'an HTTP version: "1.0", "1.1", "2" or "3"',
  check: (value) => (/^(?:HTTP\/)?(?:0\.9|1(?:\.[01])?|[23](?:\.0)?)$/.test(value) ? undefined : ''),
});

function regexError(value: string): string | undefined {
  try {
    RE2JS.compile(value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isHostname(value: string): boolean {
  return value.length <= 253 && value.split('.').every((part) => label.test(part));
}

function isHost(value: string): boolean {
  return isHostname(value) || isIP(value) !== 0;
}

function isHostPort(value: string): boolean {
  if (value.startsWith('unix:')) return value.length > 5;
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value);
  if (match === null || Number(match[3]) > 65_535) return false;
  return match[1] === undefined ? isHost(match[2] ?? '') : isIP(match[1]) === 6;
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\/\S+$/i.test(value) && URL.canParse(value);
}

function hostPortHint(value: string): string {
  return isHost(value) ? 'the port is missing' : '';
}
