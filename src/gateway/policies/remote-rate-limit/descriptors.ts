import type { RateLimitDescriptorSpec, LimitUnit } from '../../../model/policies/rate-limit.ts';
import { toJs } from '../../../expr/cel/output.ts';
import type { Activation } from '../../../expr/cel/frame.ts';
import { overrideUnits, type RateLimitDescriptor } from '../../../net/grpc/envoy/rate-limit.ts';
import type { Computed, ComputedValues } from '../../envoy/values.ts';

/** One descriptor, ready to be computed. */
interface Row {
  readonly entries: readonly { readonly key: string; readonly value: Computed }[];
  readonly cost: Computed | null;
  readonly override: Computed | null;
}

/** What a request counts as: its descriptors, and for each what computes its cost at the end; null where nothing does. */
export interface ComputedDescriptors {
  readonly descriptors: readonly RateLimitDescriptor[];
  readonly costs: readonly (Computed | null)[];
}

/** `hits_addend` is a 64-bit number on the wire; no limit is larger than this (`requests_per_unit` has 32 bits). */
const mostHits = 0xffffffff;

/** The descriptors of one unit. One of whose expressions fails is left out, as in Envoy and agentgateway. */
export class Descriptors {
  readonly #rows: readonly Row[];

  constructor(unit: LimitUnit, specs: readonly RateLimitDescriptorSpec[], values: ComputedValues) {
    this.#rows = specs.flatMap(({ entries, type, cost, limitOverride }, index) => {
      if (type !== unit) return [];
      const compile = (what: string, source: string, place: 'request' | 'log'): Computed =>
        values.compile(`descriptors[${index}].${what}`, source, place, 'the descriptor is not counted');
      return [
        {
          entries: entries.map(({ key, value }) => ({ key, value: compile(key, value, 'request') })),
          cost: cost === undefined ? null : compile('cost', cost, unit === 'tokens' ? 'log' : 'request'),
          override: limitOverride === undefined ? null : compile('limitOverride', limitOverride, 'request'),
        },
      ];
    });
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /**
   * @param hits What each counts as that has no cost, which is computed later; undefined: what its cost computes, or one.
   */
  compute(attributes: Activation, hits: number | undefined): ComputedDescriptors {
    const descriptors: RateLimitDescriptor[] = [];
    const costs: (Computed | null)[] = [];
    for (const { entries, cost, override } of this.#rows) {
      const values = entries.map(({ key, value }) => ({ key, value: textOf(value(attributes)) }));
      if (values.some(({ value }) => value === undefined)) continue;
      const limit = override === null ? undefined : overrideOf(override(attributes));
      if (limit === null) continue;
      const addend = cost === null ? hits : hits === undefined ? hitsOf(cost(attributes)) : 0;
      if (addend === null) continue;
      descriptors.push({
        entries: values as { readonly key: string; readonly value: string }[],
        ...(limit === undefined ? {} : { limit }),
        ...(addend === undefined ? {} : { hitsAddend: { value: addend } }),
      });
      costs.push(cost);
    }
    return { descriptors, costs };
  }
}

/** The descriptors with what a call used: each with its own cost, or `used`; those of which nothing is known are left out. */
export function settled(
  { descriptors, costs }: ComputedDescriptors,
  used: number,
  attributes: () => Activation,
): readonly RateLimitDescriptor[] {
  return descriptors.flatMap((descriptor, index) => {
    const cost = costs[index] ?? null;
    const hits = cost === null ? used : hitsOf(cost(attributes()));
    return hits === null || hits === 0 ? [] : [{ ...descriptor, hitsAddend: { value: Math.min(hits, mostHits) } }];
  });
}

function textOf(value: ReturnType<Computed>): string | undefined {
  const json = value === undefined ? undefined : toJs(value);
  if (typeof json === 'string') return json;
  return typeof json === 'number' || typeof json === 'boolean' ? String(json) : undefined;
}

/** A whole number from 0; null for what is none. */
function hitsOf(value: ReturnType<Computed>): number | null {
  const json = value === undefined ? undefined : toJs(value);
  const number = typeof json === 'string' ? Number(json) : json;
  return typeof number === 'number' && number >= 0 && Number.isFinite(number)
    ? Math.min(mostHits, Math.round(number))
    : null;
}

/** `{unit, requestsPerUnit}`; null for what is none. */
function overrideOf(value: ReturnType<Computed>): RateLimitDescriptor['limit'] | null {
  const json = value === undefined ? undefined : toJs(value);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
  const { unit, requestsPerUnit, requests_per_unit: alias } = json as Readonly<Record<string, unknown>>;
  const most = requestsPerUnit ?? alias;
  const name = typeof unit === 'string' ? unit.toLowerCase() : '';
  if (name === 'unknown' || !Object.hasOwn(overrideUnits, name)) return null;
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 0 || most > mostHits) return null;
  return { requestsPerUnit: most, unit: overrideUnits[name as keyof typeof overrideUnits] };
}
