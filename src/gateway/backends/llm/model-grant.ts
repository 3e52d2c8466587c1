import { GatewayError } from '../../../base/errors.ts';
import { grantedModels } from '../../authentication/model-grant.ts';
import type { Exchange } from '../../exchange.ts';

/**
 * Refuses a model that the client's key may not use, by the name that the client asks for, whether or not there is such a
 * model; null: nothing tells which model it is, so that it may be any. Throws `authorizationFailed`.
 */
export function checkModelGrant(x: Exchange, name: string | null): void {
  const models = grantedModels.get(x);
  if (models === null || (name !== null && models(name))) return;
  throw new GatewayError(
    'authorizationFailed',
    name === null || name === ''
      ? 'this API key may use certain models only, and the request does not say where the gateway reads it which one it is for'
      : `this API key may not use the model ${shown(name)}`,
  );
}

/** Keeps a message short whatever a client sent as a name. */
function shown(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 200)}…`;
}
