import type { ConcurrencySpec, LimitKeySpec, LocalRateLimitSpec } from '../../model/policies/rate-limit.ts';
import type { TableShape } from '../../telemetry/shared/keyed-table.ts';
import { placesShape } from '../../telemetry/shared/places.ts';
import { markedCells, plainCells } from './bucket.ts';

/** Names of memory that limits share begin with this; it can go when no model names it any more. */
export const areaPrefix = 'limit ';

/** The memory of one limit: equal configuration finds it again after a reload. */
export interface LimitArea {
  readonly name: string;
  readonly shape: TableShape;
}

/** True when tokens may have to be put back. */
export function takesBack(limits: readonly LocalRateLimitSpec[], { type }: LocalRateLimitSpec): boolean {
  return type === 'tokens' || limits.some(({ store }) => store !== undefined);
}

/** The memory of a limit of a list; null for one that is counted elsewhere only. */
export function bucketArea(limits: readonly LocalRateLimitSpec[], limit: LocalRateLimitSpec): LimitArea | null {
  const { id, type, maxTokens, tokensPerFill, fillIntervalMs, key, store } = limit;
  if (store !== undefined && store.failureMode !== 'failLocal') return null;
  const cells = takesBack(limits, limit) ? markedCells : plainCells;
  const shape = { keys: key?.most ?? 0, cells };
  const rule = `${type} ${maxTokens}+${tokensPerFill}/${fillIntervalMs}`;
  return { name: `${areaPrefix}${id} ${rule} ${shape.keys}x${cells} ${keyName(key)}`, shape };
}

/** The memory of a limit of concurrency. */
export function placesArea({ id, key }: ConcurrencySpec, workers: number): LimitArea {
  const shape = placesShape(key?.most ?? 0, workers);
  // Not its maximum: what is under way counts for the new one, too.
  return { name: `${areaPrefix}${id} places ${shape.keys}x${shape.cells} ${keyName(key)}`, shape };
}

function keyName(key: LimitKeySpec | undefined): string {
  return key === undefined ? '' : key.expression;
}
