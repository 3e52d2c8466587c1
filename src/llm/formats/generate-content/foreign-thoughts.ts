import { isJsonRecord } from '../../json/parse.ts';
import type { ModelFacts } from '../../models/facts.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { openThoughtSignature, unsignedCall } from './signature.ts';

/**
 * The members of a body that change when signatures of other vendors are left out, which Gemini refuses. A call that lost
 * its own gets what tells the API not to look for one, where the model wants its calls signed.
 */
export function withoutForeignThoughts(body: JsonObject, facts: ModelFacts): ReadonlyMap<string, unknown> {
  const { contents } = body;
  if (!Array.isArray(contents)) return new Map();
  const signs = facts.gemini?.signedCalls === true;
  const kept = contents.map((content: unknown) => {
    const parts = isJsonRecord(content) ? content['parts'] : undefined;
    if (!Array.isArray(parts)) return content;
    return { ...(content as object), parts: parts.flatMap((part) => own(part, signs)) };
  });
  return new Map([['contents', kept.filter((content) => !isJsonRecord(content) || !isEmpty(content['parts']))]]);
}

function own(part: unknown, signs: boolean): readonly unknown[] {
  if (!isJsonRecord(part)) return [part];
  const { thoughtSignature: camel, thought_signature: snake, ...rest } = part;
  const signature = camel ?? snake;
  if (typeof signature !== 'string' || openThoughtSignature(signature).kind === 'own') return [part];
  if (part['thought'] === true) return [];
  const isCall = 'functionCall' in rest || 'function_call' in rest;
  return [isCall && signs ? { ...rest, thoughtSignature: unsignedCall } : rest];
}

function isEmpty(parts: unknown): boolean {
  return Array.isArray(parts) && parts.length === 0;
}
