import { GatewayError } from '../../../base/errors.ts';
import { bodyTooLarge, type LlmAsk } from '../../../llm/request/plan.ts';
import type { LlmRouteType } from '../../../model/llm.ts';
import type { Exchange } from '../../exchange.ts';
import { HeldBytes } from './held-bytes.ts';
import { refuse } from './local-answer.ts';
import type { LlmPorts } from './ports.ts';
import { reserveTokens } from './reserve.ts';
import { Serving, type ServingRoute } from './serving.ts';

/** A whole body, and the account of what its exchange holds in memory. */
export interface HeldBody {
  readonly bytes: Buffer;
  readonly held: HeldBytes;
}

/** The account of an exchange, given back at its end. */
export function openAccount(x: Exchange, { memory }: LlmPorts): HeldBytes {
  const held = new HeldBytes(memory);
  x.onClose(() => held.release());
  return held;
}

/** The whole body, or null when a 413 answer was given. Throws GatewayError `overloaded` when memory is short. */
export async function readBody(x: Exchange, type: LlmRouteType, ports: LlmPorts): Promise<HeldBody | null> {
  const held = openAccount(x, ports);
  try {
    const bytes = await x.readBody(x.bind.frontend.maxLlmBufferSize, (count) => held.add(count));
    return { bytes, held };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.reason !== 'bodyTooLarge') throw error;
    refuse(x, type, bodyTooLarge(error.message));
    return null;
  }
}

/**
 * Asks the first of a route's attempts; the others in turn while no answer can begin: no connection, 408, 429 or 5xx, or a stream
 * that fails before its first content.
 *
 * @param held The account of what the exchange holds.
 */
export function serve(x: Exchange, ask: LlmAsk, route: ServingRoute, held: HeldBytes, ports: LlmPorts): void {
  const start = (): void => new Serving(x, ask, route, held, ports).start();
  const pending = x.limits?.countsTokens === true ? reserveTokens(x.limits, ask, route) : undefined;
  if (pending === undefined) return start();
  pending.then(() => (x.state === 'open' ? start() : undefined)).catch((error: unknown) => x.fail(error));
}
