import { parseDuration } from '../../../base/duration.ts';
import { checked, none } from './issue.ts';
import { describe, type ScalarNode, type Schema } from './node.ts';
import { isRecord } from './object.ts';

/** A CEL expression as the file has it; whoever translates the configuration compiles it. */
export type CelText = string & { readonly celText: 'unchecked' };

/** What a text scalar is checked for. */
interface TextSpec {
  /** What an error says was expected: `a duration such as 10s`. */
  readonly label: string;
  /** Why a text is not acceptable, or undefined when it is. */
  readonly check?: (text: string) => string | undefined;
  readonly format?: string;
  readonly pattern?: string;
  readonly secret?: true;
}

/** A text that passes the check of `spec`; `read` makes the output of it. */
export function textOf<T>(spec: TextSpec, read: (text: string) => T): Schema<T> {
  const schema = checked<T>((value, report) => {
    if (typeof value !== 'string') {
      const bare =
        (typeof value === 'number' || typeof value === 'boolean') && spec.check?.(String(value)) === undefined;
      report({ problem: 'type', expected: spec.label, ...(bare ? { hint: 'write it in quotes' } : {}) });
      return none;
    }
    const why = spec.check?.(value);
    if (why !== undefined) {
      report({ problem: 'value', expected: spec.label, ...(why === '' ? {} : { why }) });
      return none;
    }
    return read(value);
  });
  return describe(schema, {
    kind: 'scalar',
    type: 'string',
    label: spec.label,
    ...(spec.format === undefined ? {} : { format: spec.format }),
    ...(spec.pattern === undefined ? {} : { pattern: spec.pattern }),
    ...(spec.secret === undefined ? {} : { secret: spec.secret }),
  });
}

const same = (text: string): string => text;

/** A plain text scalar. */
export function textLike(spec: TextSpec): Schema<string> {
  return textOf(spec, same);
}

/** Any text. */
export const text: Schema<string> = textLike({ label: 'text' });

/** A text that is never shown in errors, dumps or logs. */
export const secretText: Schema<string> = textLike({ label: 'a secret as text', secret: true });

/** Text that is not empty: names that others refer to. */
export const name: Schema<string> = textLike({
  label: 'a name',
  check: (value) => (value === '' ? 'it is empty' : undefined),
});

/** Path of a file, relative to the process's folder unless absolute. */
export const filePath: Schema<string> = textLike({
  label: 'a file path',
  check: (value) => (value === '' ? 'it is empty' : undefined),
});

/** A CEL expression; only that it is there is checked here. */
export const cel: Schema<CelText> = textOf(
  { label: 'a CEL expression', format: 'cel', check: (value) => (value.trim() === '' ? 'it is empty' : undefined) },
  (value) => value as CelText,
);

/** A duration such as `10s` or `1m30s`; the output is milliseconds. */
export const duration: Schema<number> = textOf(
  {
    label: 'a duration such as 500ms, 10s or 1h30m',
    format: 'go-duration',
    pattern: '^(0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+)$',
    check: (value) => (parseDuration(value) === undefined ? '' : undefined),
  },
  (value) => parseDuration(value) ?? 0,
);

/** True or false. */
export const bool: Schema<boolean> = checkedScalar<boolean>(
  { kind: 'scalar', type: 'boolean', label: 'true or false' },
  (value) => typeof value === 'boolean',
);

/** Only `null`. */
export const nullOnly: Schema<null> = checkedScalar<null>(
  { kind: 'scalar', type: 'null', label: 'null' },
  (value) => value === null,
);

/** A whole number within bounds. */
export function integer(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  const label =
    maximum === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${minimum}`
      : `a whole number from ${minimum} to ${maximum}`;
  return checkedScalar<number>(
    { kind: 'scalar', type: 'integer', label, minimum, ...(maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }) },
    (value) => Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
  );
}

/** A finite number within bounds. */
export function numberFrom(minimum: number, maximum: number = Infinity): Schema<number> {
  const label = maximum === Infinity ? `a number of at least ${minimum}` : `a number from ${minimum} to ${maximum}`;
  return checkedScalar<number>(
    { kind: 'scalar', type: 'number', label, minimum, ...(maximum === Infinity ? {} : { maximum }) },
    (value) => typeof value === 'number' && Number.isFinite(value) && value >= minimum && value <= maximum,
  );
}

/** A TCP port; 0 lets the system choose. */
export const port: Schema<number> = integer(0, 65_535);

/** An HTTP status code. */
export const status: Schema<number> = integer(100, 999);

/** Any JSON value. */
export const anyValue: Schema<unknown> = describe(
  checked<unknown>((value) => value),
  { kind: 'any', label: 'any value' },
);

/** Any JSON object. */
export const anyObject: Schema<Readonly<Record<string, unknown>>> = describe(
  checked<Readonly<Record<string, unknown>>>((value, report) => {
    if (isRecord(value)) return value;
    report({ problem: 'type', expected: 'an object' });
    return none;
  }),
  { kind: 'any', type: 'object', label: 'an object' },
);

/** Text that would be a number or a boolean if it were not quoted. */
const bareWord = /^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?)$/;

function checkedScalar<T>(node: ScalarNode, accepts: (value: unknown) => boolean): Schema<T> {
  const schema = checked<T>((value, report) => {
    if (accepts(value)) return value as T;
    const numeric = node.type === 'integer' || node.type === 'number';
    if (numeric && typeof value === 'number') report({ problem: 'value', expected: node.label });
    else {
      const quoted = typeof value === 'string' && bareWord.test(value) && accepts(JSON.parse(value));
      report({ problem: 'type', expected: node.label, ...(quoted ? { hint: 'write it without quotes' } : {}) });
    }
    return none;
  });
  return describe(schema, node);
}
