import { redacted, sensitiveNames } from '../redaction.ts';
import { dyn, object, type ObjectType } from './types.ts';
import { CelObject } from './values.ts';

/** The type of `request.headers`: any name gives text, or a list where there are several entries. */
export const headersType: ObjectType = object('headers', {}, dyn, true);

/** Where header fields are read from; names are lower-case. */
export interface HeaderSource {
  names(): Iterable<string>;
  /** Every entry of a name in order; empty when there is none. */
  values(name: string): readonly string[];
}

/** The lines of a field that a message has more than once, where one line would be a text. */
export class HeaderLines extends Array<string> {
  /** What is made of them is a list as any other. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** How an entry is shown. */
export type HeaderMode = 'plain' | 'join' | 'raw' | 'split';

const credentials: ReadonlySet<string> = sensitiveNames([]);

/** Header fields as expressions see them; names match in any case. */
export class HeaderView extends CelObject {
  readonly #source: HeaderSource;
  readonly #sensitive: ReadonlySet<string>;
  readonly #mode: HeaderMode;
  readonly #redacted: boolean;

  /** @param sensitive Names of the fields that `redacted()` hides. */
  constructor(
    source: HeaderSource,
    sensitive: ReadonlySet<string> = credentials,
    mode: HeaderMode = 'plain',
    isRedacted = false,
  ) {
    super();
    this.#source = source;
    this.#sensitive = sensitive;
    this.#mode = mode;
    this.#redacted = isRedacted;
  }

  override get typeName(): string {
    return headersType.name;
  }

  /** The same fields, shown another way. */
  as(mode: HeaderMode): HeaderView {
    return new HeaderView(this.#source, this.#sensitive, mode, this.#redacted);
  }

  /** The same fields with the values of sensitive ones hidden. */
  redacted(): HeaderView {
    return new HeaderView(this.#source, this.#sensitive, this.#mode, true);
  }

  field(name: string): unknown {
    const lower = name.toLowerCase();
    const found = this.#source.values(lower);
    if (found.length === 0) return undefined;
    const values = this.#redacted && this.#sensitive.has(lower) ? found.map(() => redacted) : found;
    switch (this.#mode) {
      case 'plain':
        return values.length === 1 ? values[0] : new HeaderLines(...values);
      case 'join':
        return values.join(',');
      case 'raw':
        return values;
      case 'split':
        return values.flatMap((value) => value.split(',').map((part) => part.trim()));
    }
  }

  override has(name: string): boolean {
    return this.#source.values(name.toLowerCase()).length > 0;
  }

  keys(): Iterable<string> {
    return new Set(this.#source.names());
  }

  /** The first value of a cookie of the `Cookie` fields, or undefined. */
  cookie(name: string): string | undefined {
    for (const header of this.#source.values('cookie')) {
      for (const pair of header.split(';')) {
        const equals = pair.indexOf('=');
        if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
      }
    }
    return undefined;
  }
}
