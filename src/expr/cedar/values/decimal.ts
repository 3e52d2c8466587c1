import { CedarError } from '../errors.ts';
import { long, type Long } from './long.ts';

/** A number with four decimal places, in 64 bits (Cedar's `decimal`). */
export class Decimal {
  readonly typeName = 'decimal';
  /** Times 10,000. */
  readonly scaled: Long;

  constructor(scaled: Long) {
    this.scaled = scaled;
  }

  get text(): string {
    return `decimal(${this.scaled})`;
  }
}

/** Reads `-12.34`: one to four decimal places. @throws CedarError */
export function parseDecimal(text: string): Decimal {
  const match = /^(-?)(\d+)\.(\d{1,4})$/.exec(text);
  if (match === null) throw new CedarError(`${JSON.stringify(text)} is no decimal`);
  const [, sign = '', whole = '', fraction = ''] = match;
  return new Decimal(long(BigInt(`${sign}${whole}${fraction.padEnd(4, '0')}`)));
}
