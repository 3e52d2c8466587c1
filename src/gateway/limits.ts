import type { Backend } from '../model/backend.ts';
import type { Model } from '../model/model.ts';
import { clientsArea } from './accept/client-limit.ts';
import { healthSlots } from './backends/llm/health-slots.ts';
import { mcpCountNames } from './backends/mcp/shared-counts.ts';
import { exchangesTokens, tokensArea } from './credentials/exchange/shared-tokens.ts';
import { renewalsArea } from './policies/oidc/renewals-area.ts';
import { budgetSlot } from './policies/retry/budget.ts';
import { areaPrefix, bucketArea, placesArea, type LimitArea } from './rate-limit/areas.ts';
import { KeyedTable } from '../telemetry/shared/keyed-table.ts';
import type { PolicySpecs } from '../model/policy.ts';
import { balanceSlots } from './upstream/balance/slots.ts';

/** Name of the process-wide count of a bind's requests in flight. */
export function requestsLimit(bindKey: string): string {
  return `requests ${bindKey}`;
}

/** Name of the process-wide count of a bind's open connections. */
export function connectionsLimit(bindKey: string): string {
  return `connections ${bindKey}`;
}

/** Name of the process-wide count of memory that LLM bodies take. */
export const llmMemoryLimit = 'llm memory';

/** Every process-wide count that a model's limits need; the main thread makes their slots before workers compile. */
export function limitNames(model: Model): string[] {
  const ofBinds = model.binds.flatMap(({ key, frontend }) => [
    ...(frontend.maxRequests > 0 ? [requestsLimit(key)] : []),
    ...(frontend.maxConnections > 0 ? [connectionsLimit(key)] : []),
  ]);
  const backends = modelBackends(model);
  return [
    ...ofBinds,
    llmMemoryLimit,
    ...backends.flatMap(healthSlots),
    ...backends.flatMap(mcpCountNames),
    ...balanceSlots(model),
    ...retryBudgetSlots(model),
  ];
}

/** Every memory that a model's limits need, with its size in bytes; the main thread makes it before workers compile. */
export function limitAreas(model: Model, workers: number): ReadonlyMap<string, number> {
  const areas = [
    ...modelLevels(model).flatMap((level) => areasOf(level, workers)),
    ...model.binds
      .filter(({ frontend }) => frontend.maxConnectionsPerAddress > 0)
      .map(({ key }) => clientsArea(key, workers)),
  ];
  const sized = areas.map(({ name, shape }) => [name, KeyedTable.bytesOf(shape)] as const);
  const boards = [
    ...(modelLevels(model).some(({ oidc }) => oidc !== undefined) ? [renewalsArea] : []),
    ...(exchangesTokens(model) ? [tokensArea] : []),
  ];
  return new Map([...sized, ...boards.map(({ name, bytes }) => [name, bytes] as const)]);
}

/** All policies of a model, by their levels. */
export function modelLevels({ binds }: Model): readonly PolicySpecs[] {
  const listeners = binds.flatMap((bind) => bind.listeners);
  return [
    ...listeners.flatMap(({ gatewayPolicies }) => gatewayPolicies ?? []),
    ...listeners.flatMap(({ routes }) => routes).flatMap(({ policies }) => policies),
  ];
}

function areasOf({ localRateLimit = [], concurrency }: PolicySpecs, workers: number): readonly LimitArea[] {
  const buckets = localRateLimit
    .flatMap(({ policy }) => policy.map((limit) => bucketArea(policy, limit)))
    .filter((area) => area !== null);
  return concurrency === undefined ? buckets : [...buckets, placesArea(concurrency, workers)];
}

export { areaPrefix };

/** The counts of routes whose retries have a budget. */
function retryBudgetSlots({ binds }: Model): string[] {
  return binds
    .flatMap(({ listeners }) => listeners)
    .flatMap(({ routes }) => routes)
    .filter(({ policies }) => policies.some(({ retry }) => retry?.budget !== undefined))
    .flatMap(({ key }) => [budgetSlot(key, 'requests'), budgetSlot(key, 'retries')]);
}

/** All backends of a model, named and inline. */
export function modelBackends(model: Model): Backend[] {
  const inline = model.binds
    .flatMap(({ listeners }) => listeners)
    .flatMap(({ routes }) => routes)
    .flatMap(({ backends }) => backends)
    .flatMap(({ backend }) => (backend.kind === 'named' ? [] : [backend]));
  return [...model.backends.values(), ...inline];
}
