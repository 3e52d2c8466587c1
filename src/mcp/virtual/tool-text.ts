/** Changes to the definition of a tool or prompt, made in its text. */
import { eachElement, eachMember, locate, splice, type Edit, type Span } from '../wire/json-text.ts';
import type { ArgumentRules, ItemLook } from './view.ts';

/** The definition as `look` wants it to look, its name aside. */
export function changeItem(text: string, look: ItemLook): string {
  const edits: Edit[] = [];
  if (look.description !== null) setMember(text, 'description', JSON.stringify(look.description), edits);
  if (look.arguments !== null) hideArguments(text, look.arguments, edits);
  return splice(text, edits);
}

/**
 * The text of a call's arguments with what the client may not set taken out and what is fixed put in.
 * @param text An object's text, or '' when the client sent none.
 */
export function applyArguments(text: string, rules: ArgumentRules): string {
  const members: string[] = [];
  if (text.startsWith('{')) {
    eachMember(text, 0, (key, start, end) => {
      if (!rules.hidden.has(key) && !rules.fixed.has(key))
        members.push(`${JSON.stringify(key)}:${text.slice(start, end)}`);
    });
  }
  for (const [name, value] of rules.fixed) members.push(`${JSON.stringify(name)}:${value}`);
  return `{${members.join(',')}}`;
}

/** Adds to `edits` what gives the member `name` of the object `text` the value `value`. */
function setMember(text: string, name: string, value: string, edits: Edit[]): void {
  const spans: Span[] = [];
  locate(text, 0, [name], spans);
  for (const span of spans) edits.push({ ...span, text: value });
  if (spans.length > 0) return;
  const empty = /^\{\s*\}$/.test(text);
  edits.push({ start: 1, end: 1, text: `${JSON.stringify(name)}:${value}${empty ? '' : ','}` });
}

function hideArguments(text: string, { fixed, hidden }: ArgumentRules, edits: Edit[]): void {
  const isShown = (name: string): boolean => !fixed.has(name) && !hidden.has(name);
  for (const { start, end } of spansAt(text, ['inputSchema', 'properties'])) {
    if (text[start] !== '{') continue;
    const members: string[] = [];
    eachMember(text, start, (key, from, to) => {
      if (isShown(key)) members.push(`${JSON.stringify(key)}:${text.slice(from, to)}`);
    });
    edits.push({ start, end, text: `{${members.join(',')}}` });
  }
  for (const { start, end } of spansAt(text, ['inputSchema', 'required'])) {
    if (text[start] !== '[') continue;
    const names: string[] = [];
    eachElement(text, start, (from, to) => {
      const name: unknown = JSON.parse(text.slice(from, to));
      if (typeof name !== 'string' || isShown(name)) names.push(text.slice(from, to));
    });
    edits.push({ start, end, text: `[${names.join(',')}]` });
  }
}

function spansAt(text: string, path: readonly string[]): readonly Span[] {
  const spans: Span[] = [];
  locate(text, 0, path, spans);
  return spans;
}
