/** Who may send requests that change something: pages of the request's own origin, and of these. */
export interface CsrfSpec {
  /** Origins, with `*` for any part of a host, and `null`. */
  readonly additionalOrigins: readonly string[];
}
