import type { FrontendSettings } from '../../model/bind.ts';
import type { ConnectionInfo } from '../../net/http/message.ts';
import type { ExtAuthzContext } from '../policies/ext-authz/ext-authz.ts';
import { compileNetworkAuthorization } from './network-authorization.ts';
import { compileNetworkExtAuthz } from './network-ext-authz.ts';

/** What checks of connections are compiled with. */
export type NetworkContext = ExtAuthzContext;

/** May a connection be served at all? A promise only where somebody has to be asked. */
export type ConnectionCheck = (connection: ConnectionInfo) => boolean | Promise<boolean>;

/** What is asked about each connection before anything is read of it, in order; null where nothing is. */
export function compileConnectionChecks(frontend: FrontendSettings, context: NetworkContext): ConnectionCheck | null {
  const checks: ConnectionCheck[] = [];
  const { networkAuthorization } = frontend;
  if (networkAuthorization !== undefined) checks.push(compileNetworkAuthorization(networkAuthorization, context));
  // After what is known here, so that nobody is asked about who is refused anyway.
  if (frontend.networkExtAuthz !== undefined) checks.push(compileNetworkExtAuthz(frontend.networkExtAuthz, context));
  if (checks.length === 0) return null;
  return (connection) => from(checks, 0, connection);
}

function from(
  checks: readonly ConnectionCheck[],
  index: number,
  connection: ConnectionInfo,
): boolean | Promise<boolean> {
  for (let i = index; i < checks.length; i++) {
    const verdict = checks[i]?.(connection) ?? true;
    if (verdict === false) return false;
    if (verdict !== true) return verdict.then((admitted) => admitted && from(checks, i + 1, connection));
  }
  return true;
}
