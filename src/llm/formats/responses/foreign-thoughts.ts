import { isJsonRecord } from '../../json/parse.ts';
import { openSignature } from '../../pivot/signature.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** The members of a body that change when reasoning of other vendors is left out, which OpenAI cannot decrypt. */
export function withoutForeignThoughts(body: JsonObject): ReadonlyMap<string, unknown> {
  const { input } = body;
  if (!Array.isArray(input)) return new Map();
  const kept = input.filter((item) => !isForeign(item));
  return kept.length === input.length ? new Map() : new Map([['input', kept]]);
}

function isForeign(item: unknown): boolean {
  if (!isJsonRecord(item) || item['type'] !== 'reasoning') return false;
  const sealed = item['encrypted_content'];
  return typeof sealed === 'string' && openSignature(sealed) !== null;
}
