import type { FormatPair } from '../formats/table.ts';
import { bodyOnly } from '../formats/testing/pivot.ts';
import { modelFacts } from '../models/table.ts';
import type { ChatDialect } from '../pivot/dialect.ts';
import type { JsonObject, RequestLine } from '../pivot/format.ts';
import { translateRequest } from '../translate/translation.ts';

/** What a client asks: its body, and in `line` what its path says. */
export type Asked = JsonObject & { readonly line?: RequestLine };

/** The body that becomes of a client's for a model, as it would be sent, under drop mode; null for one that is refused. */
export function translated(
  pair: FormatPair,
  { line, ...body }: Asked,
  model: string,
  dialect: ChatDialect | null = null,
): object | null {
  const request = { body, line: line ?? bodyOnly, query: '' };
  const options = { model, unsupported: 'drop', facts: modelFacts(model), dialect, now: 0 } as const;
  const result = translateRequest(pair, request, options);
  return !('written' in result) ? null : (JSON.parse(JSON.stringify(result.written)) as object);
}
