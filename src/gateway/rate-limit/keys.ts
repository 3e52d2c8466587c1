import type { LimitKeySpec } from '../../model/policies/rate-limit.ts';
import type { Expressions } from '../attributes/expressions.ts';
import type { Exchange } from '../exchange.ts';

/** In characters. What follows does not count: the length of a key is often the client's to choose. */
const longest = 1024;

const noKeys: readonly string[] = [];

/**
 * The keys of a request for limits, by their place; '' where a limit has none. Requests for which an expression fails have
 * one key, which is not that of any text: no request goes without limit because of it.
 */
export function keysOf(
  specs: readonly (LimitKeySpec | undefined)[],
  expressions: Expressions,
): (x: Exchange) => readonly string[] {
  if (specs.every((spec) => spec === undefined)) return () => noKeys;
  const keys = specs.map((spec) => (spec === undefined ? null : expressions.text(spec.expression, 'request')));
  return (x) => {
    const attributes = x.attributes();
    return keys.map((key) => {
      if (key === null) return '';
      const text = key(attributes);
      return text === undefined ? 'none' : `=${text.length > longest ? text.slice(0, longest) : text}`;
    });
  };
}
