/** A mistake in an expression, found when it is loaded. The message carries no position; `line` and `column` do. */
export class CelError extends Error {
  /** 1-based line in {@link source}. */
  readonly line: number;
  /** 1-based column, in UTF-16 units. */
  readonly column: number;
  /** The whole expression text. */
  readonly source: string;

  constructor(message: string, source: string, offset: number) {
    super(message);
    this.name = 'CelError';
    this.source = source;
    const before = source.slice(0, offset);
    const lastBreak = before.lastIndexOf('\n');
    this.line = before.split('\n').length;
    this.column = before.length - lastBreak;
  }
}

/** Classes of evaluation errors; `noSuchKey` is the one that `default()` recovers from. */
export type CelErrorCode =
  | 'noSuchKey'
  | 'noSuchOverload'
  | 'undeclared'
  | 'divideByZero'
  | 'range'
  | 'invalid'
  | 'limit'
  | 'failed'
  | 'internal';

/**
 * An error met while evaluating, as a value: CEL's `&&`, `||` and quantifiers may absorb it (CEL spec, "Logical
 * Operators"), and returning it costs far less than throwing.
 */
export class CelErrorValue {
  readonly code: CelErrorCode;
  readonly message: string;

  constructor(code: CelErrorCode, message: string) {
    this.code = code;
    this.message = message;
  }
}

/** An error value for a key, field or index that is not there. */
export function noSuchKey(key: unknown): CelErrorValue {
  return new CelErrorValue('noSuchKey', `no such key: ${String(key)}`);
}

/** An error value for an argument that a function cannot work with. */
export function invalid(message: string): CelErrorValue {
  return new CelErrorValue('invalid', message);
}

/** An error value for a number, time or index outside its range. */
export function outOfRange(message: string): CelErrorValue {
  return new CelErrorValue('range', message);
}
