import type { ClientCertificate } from '../../net/http/message.ts';
import type { Principal } from '../principal.ts';

/** Who a client is by its verified certificate: its SPIFFE id, or who issued what name. */
export function certificatePrincipal(certificate: ClientCertificate): Principal {
  const { pem: _, ...claims } = certificate;
  const { spiffeId, issuer, subject } = claims;
  return {
    kind: 'certificate',
    id: `certificate:${spiffeId ?? JSON.stringify([issuer, subject])}`,
    issuer,
    claims: { ...claims },
  };
}
