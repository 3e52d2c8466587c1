import type { CorsSpec } from '../../../model/policies/cors.ts';
import { AllowedOrigins } from '../../../net/http/origin.ts';
import { ExchangeSlot } from '../../exchange-slot.ts';

/** What a page of one origin may do. */
export interface OriginAnswer {
  /** Value of Access-Control-Allow-Origin. */
  readonly allowOrigin: string;
  readonly credentials: boolean;
}

/** What one policy says to a page that it lets in. */
export interface CrossOrigin extends OriginAnswer {
  readonly policy: object;
}

/** The answer to a page of another origin that a policy lets in; nothing: none does. */
export const crossOrigin: ExchangeSlot<CrossOrigin> = new ExchangeSlot();

/** Origins that are everybody's: all, all of a scheme, and `null`, which any sandboxed page has. */
export function isAnybody(pattern: string): boolean {
  return pattern === '*' || pattern === 'null' || /^[^:]+:\/\/\*+(?::\d+)?$/.test(pattern);
}

/**
 * Compiles `allowOrigins`. Where credentials are allowed, they are for the pages of the origins that are named; pages
 * that only a pattern for everybody lets in get none (Fetch standard, "CORS protocol and credentials").
 */
export function compileOrigins(spec: CorsSpec): (origin: string) => OriginAnswer | null {
  const { allowOrigins, allowCredentials } = spec;
  const named = new AllowedOrigins(allowOrigins.filter((pattern) => !isAnybody(pattern)));
  const others = new AllowedOrigins(allowOrigins.filter(isAnybody));
  const star = allowOrigins.includes('*');
  return function answerFor(origin) {
    if (named.has(origin)) return { allowOrigin: origin, credentials: allowCredentials };
    if (!others.has(origin)) return null;
    return { allowOrigin: star ? '*' : origin, credentials: false };
  };
}
