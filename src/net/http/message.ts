import type { HeaderList } from './headers.ts';

/** 10, 11 or 20: HTTP/1.0, HTTP/1.1, HTTP/2. */
export type HttpVersion = 10 | 11 | 20;

/** How logs and expressions write a version. */
export const versionNames: Readonly<Record<HttpVersion, string>> = { 10: 'HTTP/1.0', 11: 'HTTP/1.1', 20: 'HTTP/2' };

/** Body length when the message does not say: chunked, or until the connection closes. */
export const UNKNOWN_LENGTH = -1;

/** A request head after parsing and normalising; routing and policies see only this. */
export class RequestHead {
  method: string;
  /** `http` or `https`: how the client reached us, or what a policy says of it. */
  scheme: 'http' | 'https';
  /** Host with its port where given: the authority of an absolute-form target, else the Host field; '' if neither. */
  authority: string;
  /** Path of the target, starting with `/` (or `*` for OPTIONS *); '' for CONNECT. */
  path: string;
  /** Query with its `?`, or ''. */
  query: string;
  readonly version: HttpVersion;
  /** Without `host`, framing (`content-length`, `transfer-encoding`) and hop-by-hop fields (RFC 9110 §7.6.1). */
  readonly headers: HeaderList;
  /** Bytes, 0 for no body, {@link UNKNOWN_LENGTH} for chunked; changed only with the body itself. */
  bodyLength: number;
  /** The client waits for 100 (Continue) before it sends the body. */
  readonly expectContinue: boolean;
  /** Lower-case protocol of an `Upgrade` request (`websocket`), or '' for none. */
  readonly upgrade: string;
  /** `TE: trailers` was sent: the client takes trailers. */
  readonly acceptsTrailers: boolean;

  constructor(
    method: string,
    scheme: 'http' | 'https',
    authority: string,
    path: string,
    query: string,
    version: HttpVersion,
    headers: HeaderList,
    bodyLength: number,
    expectContinue: boolean,
    upgrade: string,
    acceptsTrailers: boolean,
  ) {
    this.method = method;
    this.scheme = scheme;
    this.authority = authority;
    this.path = path;
    this.query = query;
    this.version = version;
    this.headers = headers;
    this.bodyLength = bodyLength;
    this.expectContinue = expectContinue;
    this.upgrade = upgrade;
    this.acceptsTrailers = acceptsTrailers;
  }
}

/** A response head, from an upstream or made here. */
export class ResponseHead {
  status: number;
  /** Without framing and hop-by-hop fields. */
  readonly headers: HeaderList;
  /** Bytes of the body, or {@link UNKNOWN_LENGTH}. For a response that has no body (HEAD, 204, 304), what `content-length` said. */
  bodyLength: number;

  constructor(status: number, headers: HeaderList, bodyLength: number) {
    this.status = status;
    this.headers = headers;
    this.bodyLength = bodyLength;
  }
}

/**
 * How body bytes are handed over. `payload`: without framing. `framed`: chunks with their framing exactly as they go on
 * the wire (HTTP/1.1 both sides, nobody looks): extensions removed, the last chunk and trailers included.
 */
export type BodyMode = 'payload' | 'framed';

/** Who is on the other end of a connection. */
export interface ConnectionInfo {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Where the connection comes from, where a proxy in front said for whom (PROXY protocol): that proxy. */
  readonly raw?: { readonly address: string; readonly port: number };
  /** Absent without TLS. */
  readonly tls?: TlsInfo;
  /** Present inside of a tunnel that ends here: the fields of its CONNECT request. */
  readonly connectHeaders?: HeaderList;
}

/** What the handshake of a client's connection said. */
export interface TlsInfo {
  /** SNI, lower case, or ''. */
  readonly serverName: string;
  readonly protocol: string;
  readonly alpn: string;
  /** The listener has roots for client certificates; a client without one is there only where it may be. */
  readonly mutual?: true;
  /** Verified client certificate. */
  readonly client?: ClientCertificate;
}

/** Who a client is, by its certificate. Names are as agentgateway gives them to expressions. */
export interface ClientCertificate {
  /** Distinguished name, in the order of the certificate: `O=Clients, CN=client one`; commas in it have a backslash. */
  readonly subject: string;
  /** First common name of the subject. */
  readonly subjectCn?: string;
  readonly issuer: string;
  /** Names, URIs and addresses, without their kind. */
  readonly subjectAltNames: readonly string[];
  /** First of the URIs that begins with `spiffe://`. */
  readonly spiffeId?: string;
  /** What the first SPIFFE id of the form `spiffe://domain/ns/namespace/sa/account` says (Istio). */
  readonly identity?: { readonly trustDomain: string; readonly namespace: string; readonly serviceAccount: string };
  readonly pem: string;
}
