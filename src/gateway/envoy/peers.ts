import { isIP } from 'node:net';
import type { AuthPeer } from '../../net/grpc/envoy/ext-authz.ts';
import type { ClientCertificate, ConnectionInfo } from '../../net/http/message.ts';

/** The client, with who its certificate says it is. */
export function sourcePeer({ remoteAddress, remotePort, tls }: ConnectionInfo): AuthPeer {
  return {
    ...peerAt(remoteAddress, remotePort),
    ...(tls?.client === undefined ? {} : { principal: principalOf(tls.client) }),
  };
}

/** Where the client has connected to. */
export function destinationPeer({ localAddress, localPort }: ConnectionInfo): AuthPeer {
  return peerAt(localAddress, localPort);
}

function peerAt(address: string, port: number): AuthPeer {
  if (isIP(address) === 0) return { address: { pipe: { path: address } } };
  return { address: { socketAddress: { protocol: 0, address, portValue: port } } };
}

/** The SPIFFE id, else the subject. */
function principalOf({ identity, spiffeId, subject }: ClientCertificate): string {
  if (identity !== undefined) {
    return `spiffe://${identity.trustDomain}/ns/${identity.namespace}/sa/${identity.serviceAccount}`;
  }
  return spiffeId ?? subject;
}
