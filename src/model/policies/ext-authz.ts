import type { Expression } from '../model.ts';
import type { HelperTarget } from './helper.ts';

/** A service that is asked whether a request may go on. */
export interface ExtAuthzSpec {
  readonly target: HelperTarget;
  readonly protocol: ExtAuthzGrpcSpec | ExtAuthzHttpSpec;
  /** What becomes of a request when the service cannot be asked; a number: refused with that status. */
  readonly failureMode: 'allow' | 'deny' | number;
  /** Names of fields and pseudo-headers that it is shown; empty: all (gRPC), or `authorization` (HTTP). */
  readonly includeHeaders: readonly string[];
  /** Absent: it is not shown the body. */
  readonly body?: ExtAuthzBodySpec;
  /** Absent: each request is asked about. */
  readonly cache?: ExtAuthzCacheSpec;
}

/** Envoy's protocol, `envoy.service.auth.v3`. */
export interface ExtAuthzGrpcSpec {
  readonly kind: 'grpc';
  /** Fixed context extensions. */
  readonly context: ReadonlyMap<string, string>;
  /** Dynamic metadata by namespace; absent: the claims of a token, where there are any. */
  readonly metadata?: ReadonlyMap<string, Expression>;
}

/** A plain request: 2xx lets pass. */
export interface ExtAuthzHttpSpec {
  readonly kind: 'http';
  /** Path with query; absent: the request's. */
  readonly path?: Expression;
  /** Where clients are sent that were answered with 401 or 403. */
  readonly redirect?: Expression;
  /** Instead of the request's body. */
  readonly body?: Expression;
  /** Fields of the answer that the backend gets. Lower case. */
  readonly includeResponseHeaders: readonly string[];
  readonly addHeaders: ReadonlyMap<string, Expression>;
  /** Members of `extauthz`, of the request and the service's response. */
  readonly metadata: ReadonlyMap<string, Expression>;
}

/** How much of the body the service is shown. */
export interface ExtAuthzBodySpec {
  readonly maxBytes: number;
  /** False: a longer body is refused. */
  readonly allowPartial: boolean;
  /** As bytes, not as text (gRPC). */
  readonly asBytes: boolean;
}

/** How long answers are used again. */
export interface ExtAuthzCacheSpec {
  /** Requests for which all are equal get the same answer. */
  readonly key: readonly Expression[];
  /** Milliseconds, or what gives a duration, a time, or seconds since 1970. */
  readonly ttl: number | Expression;
  readonly maxEntries: number;
}
