/** Icons, which clients load on behalf of a server: only from where a server cannot make them reach further. */
import { EACH, eachElement, locate, splice, type Span } from '../wire/json-text.ts';
import { isObject } from '../wire/jsonrpc.ts';

/** Where definitions, and links in results, have icons. */
export const itemIcons: readonly (readonly string[])[] = [['icons']];
export const resultIcons: readonly (readonly string[])[] = [
  ['content', EACH, 'icons'],
  ['messages', EACH, 'content', 'icons'],
];

/** The text without icons that are neither `https:` nor `data:` (2025-11-25, icons, security). */
export function withSafeIcons(text: string, paths: readonly (readonly string[])[]): string {
  if (!text.includes('"icons"')) return text;
  const lists: Span[] = [];
  for (const path of paths) locate(text, 0, path, lists);
  const edits = lists.flatMap((list) => {
    if (text.charCodeAt(list.start) !== 91) return [];
    const kept: string[] = [];
    let all = true;
    eachElement(text, list.start, (start, end) => {
      const icon = text.slice(start, end);
      if (isSafe(JSON.parse(icon))) kept.push(icon);
      else all = false;
    });
    return all ? [] : [{ ...list, text: `[${kept.join()}]` }];
  });
  return splice(text, edits);
}

function isSafe(icon: unknown): boolean {
  const src = isObject(icon) ? icon['src'] : undefined;
  return typeof src === 'string' && /^(?:https|data):/i.test(src);
}
