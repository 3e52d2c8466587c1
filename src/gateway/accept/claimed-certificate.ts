import type { HeaderList } from '../../net/http/headers.ts';

/** Fields in which a proxy tells of its client's certificate: Envoy's, and those of RFC 9440. */
const fields = ['x-forwarded-client-cert', 'client-cert', 'client-cert-chain'] as const;

/**
 * Removes what a client says of its own certificate. For listeners that verify certificates: upstreams behind them may take
 * such fields for the gateway's word (RFC 9440 §2.4).
 */
export function forgetClaimedCertificate(headers: HeaderList): void {
  for (const name of fields) headers.delete(name);
}
