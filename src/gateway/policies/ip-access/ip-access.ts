import { CidrSet } from '../../../base/cidr.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { ConnectionInfo } from '../../../net/http/message.ts';
import type { PolicyFactory } from '../policy.ts';

/**
 * Serves clients by the address that their connection comes from: `deny` wins, and where there is an `allow`, nobody else
 * is served. Fields such as X-Forwarded-For are not asked, since anyone can send them.
 */
export const ipAccess: PolicyFactory<'ipAccess'> = {
  kind: 'ipAccess',
  compile(spec) {
    const allow = new CidrSet(spec.allow);
    const deny = new CidrSet(spec.deny);
    const decided = new WeakMap<ConnectionInfo, boolean>();
    const decide = (connection: ConnectionInfo): boolean => {
      const address = connection.remoteAddress;
      const allowed = !deny.has(address) && (allow.empty || allow.has(address));
      decided.set(connection, allowed);
      return allowed;
    };
    return {
      kind: 'ipAccess',
      request: function checkAddress({ connection }) {
        if (decided.get(connection) ?? decide(connection)) return undefined;
        throw new GatewayError('authorizationFailed', 'this address is not served here');
      },
      response: null,
    };
  },
};
