import { CelError, CelErrorValue } from './errors.ts';
import { decodeBytes, decodeString } from './literals.ts';
import { toInt, toUint } from './numbers.ts';
import { CelDouble, type CelValue } from './values.ts';

/** A lexical token; `pos` is an offset into the source. */
export interface Token {
  readonly kind: 'ident' | 'quoted' | 'literal' | 'int' | 'op' | 'end';
  readonly pos: number;
  /** The identifier, operator, or digits of an int (whose sign the parser knows). */
  readonly text: string;
  /** The value of a literal. */
  readonly value: CelValue;
}

const space = /(?:[ \t\n\f\r]|\/\/[^\n]*)*/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const quoted = /`([A-Za-z0-9_.\-/ ]+)`/y;
const float = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const integer = /(0[xX][0-9a-fA-F]+|\d+)([uU])?/y;
const stringStart = /([rR]?[bB]?|[bB][rR])("""|'''|"|')/y;
const operator = /\|\||&&|==|!=|<=|>=|[<>+\-*/%!?:.,()[\]{}]/y;

/** Splits an expression into tokens; the last one is `end`. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let pos = skipSpace(source, 0);
  while (pos < source.length) {
    const [token, end] = readToken(source, pos);
    tokens.push(token);
    pos = skipSpace(source, end);
  }
  tokens.push({ kind: 'end', pos: source.length, text: '', value: null });
  return tokens;
}

function skipSpace(source: string, pos: number): number {
  match(space, source, pos);
  return space.lastIndex;
}

function match(pattern: RegExp, source: string, pos: number): RegExpExecArray | null {
  pattern.lastIndex = pos;
  return pattern.exec(source);
}

function readToken(source: string, pos: number): [Token, number] {
  const literal = match(stringStart, source, pos);
  if (literal !== null) return readText(source, pos, (literal[1] ?? '').toLowerCase(), literal[2] as string);
  const name = match(identifier, source, pos);
  if (name !== null) return [{ kind: 'ident', pos, text: name[0], value: null }, pos + name[0].length];
  const number = match(float, source, pos);
  if (number !== null) {
    const value = new CelDouble(Number(number[0]));
    return [{ kind: 'literal', pos, text: number[0], value }, pos + number[0].length];
  }
  const whole = match(integer, source, pos);
  if (whole !== null) return [readInteger(source, pos, whole), pos + whole[0].length];
  const field = match(quoted, source, pos);
  if (field !== null) return [{ kind: 'quoted', pos, text: field[1] as string, value: null }, pos + field[0].length];
  const symbol = match(operator, source, pos);
  if (symbol !== null) return [{ kind: 'op', pos, text: symbol[0], value: null }, pos + symbol[0].length];
  throw new CelError(
    `unexpected character ${JSON.stringify(String.fromCodePoint(source.codePointAt(pos) ?? 0))}`,
    source,
    pos,
  );
}

function readInteger(source: string, pos: number, found: RegExpExecArray): Token {
  const digits = found[1] as string;
  if (digits.length > 40) throw new CelError('the number is out of range', source, pos);
  if (found[2] === undefined) return { kind: 'int', pos, text: digits, value: null };
  const value = toUint(BigInt(digits));
  if (value instanceof CelErrorValue) throw new CelError('the unsigned integer is out of range', source, pos);
  return { kind: 'literal', pos, text: digits, value };
}

/** The value of an int token with its sign; throws when it does not fit 64 bits. */
export function integerValue(token: Token, negative: boolean, source: string): number | bigint {
  const magnitude = BigInt(token.text);
  const value = toInt(negative ? -magnitude : magnitude);
  if (value instanceof CelErrorValue) throw new CelError('the integer is out of range', source, token.pos);
  return value;
}

function readText(source: string, pos: number, prefix: string, quote: string): [Token, number] {
  const start = pos + prefix.length + quote.length;
  const raw = prefix.includes('r');
  const end = findEnd(source, pos, start, quote, raw);
  const body = source.slice(start, end);
  const value = prefix.includes('b') ? decodeBytes(body, raw, source, start) : decodeString(body, raw, source, start);
  return [{ kind: 'literal', pos, text: '', value }, end + quote.length];
}

function findEnd(source: string, pos: number, start: number, quote: string, raw: boolean): number {
  const multiline = quote.length === 3;
  for (let at = start; at < source.length; at++) {
    const char = source[at];
    if (char === '\\' && !raw) at++;
    else if (!multiline && (char === '\n' || char === '\r')) break;
    else if (char === quote[0] && source.startsWith(quote, at)) return at;
  }
  throw new CelError('the string has no closing quote', source, pos);
}
