/**
 * Why a request could not be served. Each reason is public API: it is a metric label, the access log's `reason` and the
 * `reason` of error bodies. The table gives the HTTP status and the message a client sees when the thrower has none.
 */
export const reasons: Readonly<Record<Reason, ReasonRow>> = {
  badRequest: { status: 400, source: 'client', message: 'the request is malformed' },
  authenticationFailed: { status: 401, source: 'client', message: 'the request carries no valid credential' },
  authorizationFailed: { status: 403, source: 'client', message: 'this request is not allowed' },
  externalAuthorizationFailed: {
    status: 403,
    source: 'client',
    message: 'the authorization service refused this request',
  },
  crossSiteRequest: { status: 403, source: 'client', message: 'this request comes from another site' },
  originNotAllowed: { status: 403, source: 'client', message: 'this Host or Origin may not use this listener' },
  listenerNotFound: { status: 404, source: 'client', message: 'no listener matches this host' },
  routeNotFound: { status: 404, source: 'client', message: 'no route matches this request' },
  methodNotAllowed: { status: 405, source: 'client', message: 'this method is not allowed here' },
  idleTimeout: { status: 408, source: 'client', message: 'nothing passed on the connection for too long' },
  requestTimeout: { status: 408, source: 'client', message: 'the request was not received in time' },
  bodyTooLarge: { status: 413, source: 'client', message: 'the request body is larger than allowed' },
  uriTooLong: { status: 414, source: 'client', message: 'the request target is longer than allowed' },
  misdirected: { status: 421, source: 'client', message: 'this connection does not serve that host' },
  rateLimitExceeded: { status: 429, source: 'client', message: 'too many requests; try again later' },
  headersTooLarge: { status: 431, source: 'client', message: 'the request head is larger than allowed' },
  clientGone: { status: 499, source: 'client', message: 'the client closed the connection' },
  invalidConfiguration: { status: 500, source: 'gateway', message: 'the route is configured with an error' },
  expressionFailed: { status: 500, source: 'gateway', message: 'an expression of this route failed' },
  credentialsFailed: {
    status: 502,
    source: 'gateway',
    message: 'the credentials for the upstream could not be obtained',
  },
  rateLimitFailed: { status: 500, source: 'gateway', message: 'the rate limit could not be checked' },
  externalProcessingFailed: { status: 500, source: 'gateway', message: 'the external processor failed' },
  internal: { status: 500, source: 'gateway', message: 'the gateway failed to handle the request' },
  upstreamProtocol: { status: 502, source: 'upstream', message: 'the upstream sent an invalid response' },
  upstreamReset: {
    status: 502,
    source: 'upstream',
    message: 'the upstream closed the connection before its response ended',
  },
  responseTooLarge: { status: 502, source: 'upstream', message: 'the upstream response is larger than allowed' },
  noBackend: { status: 503, source: 'gateway', message: 'the route has no backend that can serve this request' },
  dnsFailed: { status: 503, source: 'upstream', message: 'the upstream host name could not be resolved' },
  connectFailed: { status: 503, source: 'upstream', message: 'no connection to the upstream could be made' },
  tlsFailed: { status: 503, source: 'upstream', message: 'the TLS handshake with the upstream failed' },
  authenticationUnavailable: { status: 503, source: 'gateway', message: 'credentials cannot be checked at the moment' },
  concurrencyLimitExceeded: { status: 503, source: 'gateway', message: 'too many requests at the same time' },
  overloaded: { status: 503, source: 'gateway', message: 'the gateway is at its limit' },
  draining: { status: 503, source: 'gateway', message: 'the gateway is shutting down' },
  upstreamTimeout: { status: 504, source: 'upstream', message: 'the upstream did not answer in time' },
};

/** A key of {@link reasons}. */
export type Reason =
  | 'badRequest'
  | 'authenticationFailed'
  | 'authorizationFailed'
  | 'externalAuthorizationFailed'
  | 'crossSiteRequest'
  | 'originNotAllowed'
  | 'listenerNotFound'
  | 'routeNotFound'
  | 'methodNotAllowed'
  | 'idleTimeout'
  | 'requestTimeout'
  | 'bodyTooLarge'
  | 'uriTooLong'
  | 'misdirected'
  | 'rateLimitExceeded'
  | 'headersTooLarge'
  | 'clientGone'
  | 'invalidConfiguration'
  | 'expressionFailed'
  | 'credentialsFailed'
  | 'rateLimitFailed'
  | 'externalProcessingFailed'
  | 'internal'
  | 'upstreamProtocol'
  | 'upstreamReset'
  | 'responseTooLarge'
  | 'noBackend'
  | 'dnsFailed'
  | 'connectFailed'
  | 'tlsFailed'
  | 'authenticationUnavailable'
  | 'concurrencyLimitExceeded'
  | 'overloaded'
  | 'draining'
  | 'upstreamTimeout';

/** What the table says of a reason. */
export interface ReasonRow {
  readonly status: number;
  readonly source: ErrorSource;
  readonly message: string;
}

/** Whose fault it was. */
export type ErrorSource = 'client' | 'gateway' | 'upstream';

/**
 * Whether sending the same request again is safe: `safe` means that the upstream cannot have acted on it; `reusedOnly`
 * means that it failed on a kept-alive connection before any response byte, so one try on a new connection is right
 * (RFC 9112 §9.3.1).
 */
export type RetrySafety = 'never' | 'safe' | 'reusedOnly';

/** Fields that go with an error, such as `www-authenticate`. */
export type ErrorFields = readonly (readonly [name: string, value: string])[];

const noFields: ErrorFields = [];

/** The one error type of the data plane. Everything unknown becomes one in {@link toGatewayError}. */
export class GatewayError extends Error {
  readonly reason: Reason;
  readonly source: ErrorSource;
  /** The status a client gets. */
  readonly status: number;
  readonly retry: RetrySafety;
  /** Seconds for a `Retry-After` field, or 0 for none. */
  readonly retryAfter: number;
  /** Further fields of the error answer, with lower-case names. */
  readonly fields: ErrorFields;

  /**
   * @param message What the client and the log see; it must not hold secrets or internals. Empty: the reason's default.
   */
  constructor(
    reason: Reason,
    message = '',
    options: {
      cause?: unknown;
      retry?: RetrySafety;
      status?: number;
      retryAfter?: number;
      fields?: ErrorFields;
    } = {},
  ) {
    const row = reasons[reason];
    super(message === '' ? row.message : message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.reason = reason;
    this.source = row.source;
    this.status = options.status ?? row.status;
    this.retry = options.retry ?? 'never';
    this.retryAfter = options.retryAfter ?? 0;
    this.fields = options.fields ?? noFields;
  }
}

/** The one place where an unknown thrown value becomes typed; a {@link GatewayError} stays itself. */
export function toGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError ? thrown : new GatewayError('internal', '', { cause: thrown });
}

/** For a body above the limit of what is read whole, `maxBytes`. */
export function bodyTooLarge(maxBytes: number): GatewayError {
  return new GatewayError(
    'bodyTooLarge',
    `the request body is larger than ${maxBytes} bytes, the most that is read here`,
  );
}
