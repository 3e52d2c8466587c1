/** Params of a client's request as its server gets them, but for what the server's revision wants. */
import { metaSlot, progressTokenSpans } from '../../wire/2025-11-25/rewrite.ts';
import { askingMethods } from '../../wire/2026-07-28/methods.ts';
import { splice, type Edit } from '../../wire/json-text.ts';
import type { Caller } from '../caller.ts';

/** W3C Trace Context and Baggage, which are members of `_meta` by the same names (2026-07-28, basic, _meta). */
const traceFields: readonly string[] = ['traceparent', 'tracestate', 'baggage'];

/**
 * The params (text) of the caller's request for the id that it gets upstream, which is its progress token, too: where
 * something may take long, progress is always asked for, since it shows that the server is at work. The trace of the HTTP request is added where the
 * client did not name another.
 * @param edits What else changes.
 */
export function requestParams(caller: Caller, edits: readonly Edit[]): (id: number) => string {
  const text = caller.message.bodyText === '' ? '{}' : caller.message.bodyText;
  const tokens = caller.progressToken === '' ? [] : progressTokenSpans(text);
  const trace = traceOf(caller);
  if (tokens.length > 0 && trace === '') {
    return (id) => splice(text, [...edits, ...tokens.map((span) => ({ ...span, text: String(id) }))]);
  }
  const asks = askingMethods.has(caller.message.method);
  if (!asks && trace === '') return () => splice(caller.message.bodyText, [...edits]);
  const slot = metaSlot(text);
  return (id) => {
    const own = tokens.length > 0 || !asks ? trace : `"progressToken":${id}${trace === '' ? '' : `,${trace}`}`;
    const added = slot === null ? [] : [{ ...slot, text: slot.before + own + slot.after }];
    return splice(text, [...edits, ...tokens.map((span) => ({ ...span, text: String(id) })), ...added]);
  };
}

/** Members for `_meta`, or ''. */
function traceOf({ headers, message }: Caller): string {
  const named = message.params?.['_meta'] as Readonly<Record<string, unknown>> | undefined;
  if (named?.['traceparent'] !== undefined || headers.get('traceparent') === undefined) return '';
  const members: string[] = [];
  for (const name of traceFields) {
    const value = headers.get(name);
    if (value !== undefined && named?.[name] === undefined) members.push(`"${name}":${JSON.stringify(value)}`);
  }
  return members.join();
}
