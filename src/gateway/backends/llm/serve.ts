import { GatewayError } from '../../../base/errors.ts';
import { bodyTooLarge, type LlmAsk } from '../../../llm/request/plan.ts';
import type { LlmRouteType } from '../../../model/llm.ts';
import type { Exchange } from '../../exchange.ts';
import type { Attempt } from './attempt.ts';
import { HeldBytes } from './held-bytes.ts';
import { refuse } from './local-answer.ts';
import type { LlmPorts } from './ports.ts';
import { Serving } from './serving.ts';

/** The whole body, or null when a 413 answer was given. Throws GatewayError `overloaded` when memory is short. */
export async function readBody(x: Exchange, type: LlmRouteType, { memory }: LlmPorts): Promise<Buffer | null> {
  const held = new HeldBytes(memory);
  x.onClose(() => held.release());
  try {
    return await x.readBody(x.bind.frontend.maxLlmBufferSize, (bytes) => held.add(bytes));
  } catch (error) {
    if (!(error instanceof GatewayError) || error.reason !== 'bodyTooLarge') throw error;
    refuse(x, type, bodyTooLarge(error.message));
    return null;
  }
}

/**
 * Asks the first of `attempts`; the others in turn while no answer can begin: no connection, 408, 429 or 5xx, or a stream
 * that fails before its first content.
 *
 * @param modelFor what a provider is to read as `model`; null leaves the client's.
 */
export function serve(
  x: Exchange,
  ask: LlmAsk,
  attempts: readonly Attempt[],
  modelFor: (attempt: Attempt) => string | null,
  ports: LlmPorts,
): void {
  new Serving(x, ask, attempts, modelFor, ports).start();
}
