/** Which addresses of clients are served: none of `deny`; of `allow`, where there are any. CIDR blocks or addresses. */
export interface IpAccessSpec {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}
