import { opaque, type CelType } from './types.ts';
import { CelOpaque } from './values.ts';

/** The type of a credential: printed as `<redacted>` unless an expression says `unredacted()`. */
export const secretType: CelType = opaque('secret');

/** A credential. A plain string that is declared with {@link secretType} becomes one by itself. */
export class CelSecret extends CelOpaque {
  readonly type: CelType = secretType;
  readonly #value: string;
  constructor(value: string) {
    super();
    this.#value = value;
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelSecret && other.#value === this.#value;
  }
  toText(): string {
    return '<redacted>';
  }
  /** The credential itself. */
  reveal(): string {
    return this.#value;
  }
}
