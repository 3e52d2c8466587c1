import tls from 'node:tls';
import type { ListenerTls, TlsVersion } from '../../model/bind.ts';

/** A listener's certificate and the names that it serves. */
export interface TlsContextSpec {
  /** Lower-case host name, `*.suffix`, or absent for any name and for clients that send none. */
  readonly hostname?: string;
  readonly tls: ListenerTls;
}

/** A usable context; `spec` says what must hold after the handshake. */
export interface TlsContext {
  readonly spec: TlsContextSpec;
  readonly secure: tls.SecureContext;
}

const versions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** The contexts of one listening socket, chosen by SNI (RFC 6066 §3). Immutable: a reload makes a new one. */
export class TlsContexts {
  /** Server-wide options, wide enough for every context: node fixes versions and client certificates before SNI. */
  readonly serverOptions: tls.SecureContextOptions;
  readonly requestsCertificate: boolean;
  readonly #exact = new Map<string, TlsContext>();
  readonly #wildcards = new Map<string, TlsContext>();
  readonly #any: TlsContext | null;

  /** Throws OpenSSL's error for a certificate, key, root, cipher or group that it does not take. */
  constructor(specs: readonly TlsContextSpec[]) {
    let any: TlsContext | null = null;
    for (const spec of specs) {
      const context: TlsContext = { spec, secure: tls.createSecureContext(contextOptions(spec.tls)) };
      const { hostname } = spec;
      if (hostname === undefined || hostname === '*') any ??= context;
      else if (hostname.startsWith('*.')) this.#wildcards.set(hostname.slice(1), context);
      else this.#exact.set(hostname, context);
    }
    this.#any = any;
    this.requestsCertificate = specs.some((spec) => spec.tls.clientRoots !== undefined);
    const first = any?.spec ?? specs[0];
    if (first === undefined) throw new Error('a TLS listener needs at least one certificate');
    const low = Math.min(...specs.map((spec) => versions.indexOf(spec.tls.minVersion ?? 'TLSv1.2')));
    const high = Math.max(...specs.map((spec) => versions.indexOf(spec.tls.maxVersion ?? 'TLSv1.3')));
    this.serverOptions = {
      ...contextOptions(first.tls),
      minVersion: versions[low] as TlsVersion,
      maxVersion: versions[high] as TlsVersion,
    };
  }

  /** The context for a name (lower case, '' for none): exact, then the longest wildcard, then any; or null. */
  select(serverName: string): TlsContext | null {
    if (serverName === '') return this.#any;
    const exact = this.#exact.get(serverName);
    if (exact !== undefined) return exact;
    for (let dot = serverName.indexOf('.'); dot >= 0; dot = serverName.indexOf('.', dot + 1)) {
      const wildcard = this.#wildcards.get(serverName.slice(dot));
      if (wildcard !== undefined) return wildcard;
    }
    return this.#any;
  }
}

/** What a context asks of a finished handshake and node cannot enforce before; null: all is well. */
export function handshakeFault(socket: tls.TLSSocket, context: TlsContext): string | null {
  const { minVersion, maxVersion, clientRoots } = context.spec.tls;
  const version = versions.indexOf(socket.getProtocol() as TlsVersion);
  if (version < versions.indexOf(minVersion ?? 'TLSv1.2') || version > versions.indexOf(maxVersion ?? 'TLSv1.3')) {
    return 'a TLS version that this host does not allow';
  }
  if (clientRoots === undefined) return null;
  // `authorized` alone is also true for a resumed session that never had a certificate.
  if (socket.getPeerX509Certificate() === undefined) return 'no client certificate';
  return socket.authorized ? null : `the client certificate is not trusted: ${String(socket.authorizationError)}`;
}

function contextOptions(spec: ListenerTls): tls.SecureContextOptions {
  return {
    cert: spec.certificate,
    key: spec.privateKey,
    minVersion: spec.minVersion ?? 'TLSv1.2',
    maxVersion: spec.maxVersion ?? 'TLSv1.3',
    ...(spec.clientRoots === undefined ? {} : { ca: spec.clientRoots }),
    ...(spec.cipherSuites === undefined ? {} : { ciphers: spec.cipherSuites.join(':') }),
    ...(spec.groups === undefined ? {} : { ecdhCurve: spec.groups.join(':') }),
  };
}
