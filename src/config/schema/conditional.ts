/** Policies in several variants, chosen per request. */

import { listOf } from './kit/collection.ts';
import { required, optional } from './kit/field.ts';
import type { Report } from './kit/issue.ts';
import type { Schema } from './kit/node.ts';
import { object, extend } from './kit/object.ts';
import { cel, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** Variants of a policy: the first whose condition holds applies; only the last may have none. */
export interface Conditional<T> {
  readonly conditional: readonly (T & Condition)[];
}

/** When a variant applies. */
interface Condition {
  /** Absent: always. */
  readonly condition?: CelText;
}

/** Largest number of variants of one policy. */
const maxVariants = 64;

/** The policy `base` itself, or `conditional` variants of it. */
export function orConditional<T>(title: string, base: Schema<T>): Schema<T | Conditional<T>> {
  return union(conditionalOf(title, base), base);
}

/** Only `conditional` variants of the policy `base`. */
export function conditionalOf<T>(title: string, base: Schema<T>): Schema<Conditional<T>> {
  const variant = extend<T, Condition>(
    base,
    `${title}Variant`,
    'A variant with its condition.',
    { condition: optional(cel, 'When this variant applies; always when absent.') },
    { open: true },
  );
  return object<Conditional<T>>(
    `${title}Variants`,
    'Variants, of which the first whose condition holds applies.',
    { conditional: required(listOf(variant, { min: 1, max: maxVariants }), 'The variants, in order.') },
    { rule: lastIsDefault },
  );
}

function lastIsDefault<T>(value: Conditional<T>, report: Report): void {
  for (const [index, variant] of value.conditional.entries()) {
    if (variant.condition === undefined && index < value.conditional.length - 1) {
      report({ problem: 'conflict', why: 'only the last variant may be without a condition' }, ['conditional', index]);
    }
  }
}
