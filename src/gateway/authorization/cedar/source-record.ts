import { CedarError } from '../../../expr/cedar/errors.ts';
import { parseIp } from '../../../expr/cedar/values/ip.ts';
import { CedarRecord, type CedarValue } from '../../../expr/cedar/values/value.ts';
import type { Exchange } from '../../exchange.ts';

/** What is known of where a request comes from. JSON. */
export interface SourceFacts {
  readonly address: string;
  readonly port: number;
  readonly rawAddress: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly spiffeId?: string;
}

/** The facts of an exchange's own connection. */
export function sourceOf({ connection: { remoteAddress, remotePort, raw, tls } }: Exchange): SourceFacts {
  const { subject, issuer, spiffeId } = tls?.client ?? {};
  return {
    address: remoteAddress,
    port: remotePort,
    rawAddress: raw?.address ?? remoteAddress,
    ...(subject === undefined ? {} : { subject }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(spiffeId === undefined ? {} : { spiffeId }),
  };
}

/** `context.source`: addresses are such, not texts. */
export class SourceRecord extends CedarRecord {
  readonly #facts: SourceFacts;

  constructor(facts: SourceFacts) {
    super();
    this.#facts = facts;
  }

  override get(name: string): CedarValue | undefined {
    if (!Object.hasOwn(this.#facts, name)) return undefined;
    const value = this.#facts[name as keyof SourceFacts];
    return typeof value === 'string' && name.toLowerCase().endsWith('address') ? address(value) : value;
  }

  override names(): Iterable<string> {
    return Object.keys(this.#facts);
  }
}

/** Absent where there is none: a policy that asks about it fails, and lets nothing pass. */
function address(text: string): CedarValue | undefined {
  try {
    return parseIp(text);
  } catch (error) {
    if (error instanceof CedarError) return undefined;
    throw error;
  }
}
