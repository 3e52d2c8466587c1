import type { ConfigError, ParsedConfig } from '../load/parse-config.ts';
import type { TranslateError } from './context.ts';

/** Gives errors of the translation their places in the text: each once, in the order of the file. */
export function placeErrors(
  errors: readonly TranslateError[],
  parsed: Extract<ParsedConfig, { ok: true }>,
  text: string,
): readonly ConfigError[] {
  const placed = new Map<string, ConfigError>();
  for (const error of errors) {
    const whole = parsed.errorAt(error.path, error.message);
    const at = error.offset === undefined ? whole : inside(whole, error, parsed, text);
    placed.set(`${at.line}:${at.column}:${at.path}:${at.message}`, at);
  }
  return [...placed.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Moves an error to a character inside its scalar, where the scalar is written as it reads. */
function inside(
  whole: ConfigError,
  { path, offset = 0, source }: TranslateError,
  parsed: Extract<ParsedConfig, { ok: true }>,
  text: string,
): ConfigError {
  if (source === undefined || parsed.positions.expandedFrom(path) !== undefined) return whole;
  const position = parsed.positions.value(path);
  const written = text.slice(position.offset, position.offset + position.length);
  const lineStart = source.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = source.indexOf('\n', lineStart);
  const line = source.slice(lineStart, lineEnd === -1 ? undefined : lineEnd);
  const found = line === '' ? -1 : written.indexOf(line);
  if (found === -1) return whole;
  const at = position.offset + found + (offset - lineStart);
  const from = text.lastIndexOf('\n', at - 1) + 1;
  const to = text.indexOf('\n', at);
  return {
    ...whole,
    line: text.slice(0, at).split('\n').length,
    column: at - from + 1,
    excerpt: { text: text.slice(from, to === -1 ? undefined : to).replace(/\r$/, ''), start: at - from, length: 1 },
  };
}
