import type { Context, Path } from './context.ts';

/**
 * A name for a place of the file that stays when others are put before it: elements of lists are called by their own
 * names, and by their position only where they have none, or not one of their own.
 */
export function placeName(context: Context, path: Path): string {
  let value = context.root;
  let text = '';
  for (const part of path) {
    const inside =
      isRecord(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[part] : undefined;
    if (Array.isArray(value)) text += `[${elementName(value, inside) ?? part}]`;
    else text += text === '' ? String(part) : `.${part}`;
    value = inside;
  }
  return text;
}

function elementName(list: readonly unknown[], element: unknown): string | undefined {
  const name = nameOf(element);
  return name !== undefined && list.filter((other) => nameOf(other) === name).length === 1 ? name : undefined;
}

function nameOf(element: unknown): string | undefined {
  if (!isRecord(element)) return undefined;
  const { name, ruleName, namespace, port } = element;
  if (typeof name === 'string') return [namespace, name, ruleName].filter((part) => typeof part === 'string').join('/');
  // Attached policies have one of two parts.
  if (isRecord(name)) return nameOf(name);
  // Binds are told apart by what they listen on.
  return typeof port === 'number' ? `:${port}` : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
