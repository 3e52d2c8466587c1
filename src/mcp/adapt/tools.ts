/** Definitions of tools as clients with sessions can read them. */
import { eachElement, locate, splice, withoutMembers, type Edit, type Span } from '../wire/json-text.ts';
import { isObject } from '../wire/jsonrpc.ts';

const adapted = new WeakMap<Uint8Array, Uint8Array>();

/**
 * A page of tools without the schemas of results that are no objects: before 2026-07-28 `outputSchema` had the type
 * `object`, and clients refuse the whole list otherwise. Made once for each page.
 */
export function olderToolsPage(page: Uint8Array): Uint8Array {
  let older = adapted.get(page);
  if (older === undefined) {
    older = adapt(page);
    adapted.set(page, older);
  }
  return older;
}

function adapt(page: Uint8Array): Uint8Array {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
  if (!bytes.includes('"outputSchema"')) return page;
  const text = bytes.toString('utf8');
  const tools: Span[] = [];
  locate(text, 0, ['tools'], tools);
  const edits: Edit[] = [];
  eachElement(text, tools.at(-1)?.start ?? 0, (start, end) => {
    const own = text.slice(start, end);
    if (!own.includes('"outputSchema"') || isObjectSchema((JSON.parse(own) as OutputTool).outputSchema)) return;
    edits.push({ start, end, text: withoutMembers(own, outputSchema) });
  });
  return edits.length === 0 ? page : Buffer.from(splice(text, edits));
}

interface OutputTool {
  readonly outputSchema?: unknown;
}

const outputSchema: ReadonlySet<string> = new Set(['outputSchema']);

function isObjectSchema(schema: unknown): boolean {
  return schema === undefined || (isObject(schema) && schema['type'] === 'object');
}
