import { EACH, locate, splice, type Edit, type Span } from '../json-text.ts';

/** Where results hold URIs of their server's resources, by request method. */
const resultPaths: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  [
    'tools/call',
    [
      ['content', EACH, 'uri'],
      ['content', EACH, 'resource', 'uri'],
    ],
  ],
  [
    'prompts/get',
    [
      ['messages', EACH, 'content', 'uri'],
      ['messages', EACH, 'content', 'resource', 'uri'],
    ],
  ],
  ['resources/read', [['contents', EACH, 'uri']]],
]);

/** Where a tool's definition names a resource: its MCP Apps view, in the current and the older spelling. */
export const toolResourcePaths: readonly (readonly string[])[] = [
  ['_meta', 'ui', 'resourceUri'],
  ['_meta', 'ui/resourceUri'],
];

/** The result text with every resource URI (links and embedded resources included) replaced by `map` of it. */
export function mapResultUris(method: string, result: string, map: (uri: string) => string): string {
  const paths = resultPaths.get(method);
  if (paths === undefined || !result.includes('"uri"')) return result;
  return mapStrings(result, paths, map);
}

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
