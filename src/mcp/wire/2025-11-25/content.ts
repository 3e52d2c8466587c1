import { locate, splice, type Edit, type Span } from '../json-text.ts';

/** Where a tool's definition names a resource: its MCP Apps view, in the current and the older spelling. */
export const toolResourcePaths: readonly (readonly string[])[] = [
  ['_meta', 'ui', 'resourceUri'],
  ['_meta', 'ui/resourceUri'],
];

/** JSON text with the strings at `paths` replaced. */
export function mapStrings(
  text: string,
  paths: readonly (readonly string[])[],
  map: (value: string) => string,
): string {
  return splice(text, stringEdits(text, paths, map));
}

/** The replacements that {@link mapStrings} makes. */
export function stringEdits(
  text: string,
  paths: readonly (readonly string[])[],
  map: (value: string) => string,
): Edit[] {
  const spans: Span[] = [];
  for (const path of paths) locate(text, 0, path, spans);
  const edits: Edit[] = [];
  for (const { start, end } of spans) {
    const value = JSON.parse(text.slice(start, end)) as unknown;
    if (typeof value === 'string') edits.push({ start, end, text: JSON.stringify(map(value)) });
  }
  return edits;
}
