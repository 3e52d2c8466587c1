/** Members of `_meta` that are the gateway's own, and that no peer may therefore speak for. */
import { eachMember, locate, splice, type Span } from '../wire/json-text.ts';
import { metaKeys } from '../wire/2026-07-28/envelope.ts';

const OWN = 'waygate/';

/** Params or result (text) without what only the gateway says in `_meta`. */
export function withoutOwnMeta(text: string): string {
  return text.includes(`"${OWN}`) ? withoutKeys(text, (key) => key.startsWith(OWN)) : text;
}

/** A result without, besides that, what its server says of itself, since its client talks to the gateway. */
export function withoutServerMeta(result: string): string {
  const text = withoutOwnMeta(result);
  return text.includes(metaKeys.serverInfo) ? withoutKeys(text, (key) => key === metaKeys.serverInfo) : text;
}

function withoutKeys(text: string, drops: (key: string) => boolean): string {
  const metas: Span[] = [];
  locate(text, 0, ['_meta'], metas);
  const edits = metas.flatMap((span) => {
    if (text.charCodeAt(span.start) !== 123) return [];
    const kept: string[] = [];
    eachMember(text, span.start, (key, start, end) => {
      if (!drops(key)) kept.push(`${JSON.stringify(key)}:${text.slice(start, end)}`);
    });
    return [{ ...span, text: `{${kept.join()}}` }];
  });
  return splice(text, edits);
}
