/** A host as it stands before a port or in a URL: IPv6 addresses in brackets (RFC 3986 §3.2.2). */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `host:port`, `[v6]:port`; `host` has no brackets. */
export function hostPort(host: string, port: number): string {
  return `${bracketed(host)}:${port}`;
}
