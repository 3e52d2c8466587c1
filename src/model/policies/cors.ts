/** Which web pages of other origins may use a route, and how (Fetch standard, "CORS protocol"). */
export interface CorsSpec {
  /** Origins, with `*` for any part of a host; `*` alone for all. */
  readonly allowOrigins: readonly string[];
  /** Names of request fields, as written; `*` for all. */
  readonly allowHeaders: readonly string[];
  /** `*` for all. */
  readonly allowMethods: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** How long a browser may keep the answer to a preflight; absent: as it likes. */
  readonly maxAgeSeconds?: number;
}
