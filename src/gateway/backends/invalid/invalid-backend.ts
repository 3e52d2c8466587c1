import { GatewayError } from '../../../base/errors.ts';
import type { CompiledBackend } from '../backend.ts';

/** A backend that the configuration could not make: every request gets 500. */
export function createInvalidBackend(key: string, name: string, message: string): CompiledBackend {
  return {
    key,
    name,
    protocol: 'invalid',
    handle() {
      throw new GatewayError('invalidConfiguration', message);
    },
    close: () => undefined,
  };
}
