import { countCall, estimateCall } from '../../../llm/usage/call-estimate.ts';
import type { LlmAsk } from '../../../llm/request/plan.ts';
import type { LlmRouteType } from '../../../model/llm.ts';
import type { ExchangeLimits, TokenEstimate } from '../../rate-limit/exchange-limits.ts';
import type { Exchange } from '../../exchange.ts';
import type { ServingRoute } from './serving.ts';

/** What is taken for a call whose size nothing tells: only whether anything is left is asked. */
const unknownCall: TokenEstimate = { input: 0, output: 0, counted: false };

/** Calls that no provider bills. */
const free: ReadonlySet<LlmRouteType> = new Set(['models', 'anthropicTokenCount', 'geminiCountTokens']);

/**
 * Takes what a call may use from the limits of its exchange, before anyone is asked; what it used is settled at the end of
 * the exchange. Throws GatewayError `rateLimitExceeded`.
 */
export function reserveTokens(
  limits: ExchangeLimits,
  { type, body }: LlmAsk,
  { attempts }: ServingRoute,
): undefined | Promise<undefined> {
  if (free.has(type)) return undefined;
  if (body === null) return limits.reserve(unknownCall);
  if (attempts[0]?.provider.tokenize !== true) return limits.reserve(estimateCall(body.json));
  return countCall(body.json).then((estimate) => limits.reserve(estimate));
}

/**
 * Starts a call of which nothing tells the tokens beforehand once the limits of its exchange let it: with none left of them
 * it is refused. Throws GatewayError `rateLimitExceeded`.
 */
export function whenReserved(x: Exchange, start: () => void): void {
  const pending = x.limits?.countsTokens === true ? x.limits.reserve(unknownCall) : undefined;
  if (pending === undefined) return start();
  pending.then(() => (x.state === 'open' ? start() : undefined)).catch((error: unknown) => x.fail(error));
}
