/** Blocks of content, which validating clients refuse when they are of a type that came after their revision. */
import { eachElement, locate, splice, type Edit, type Span } from '../wire/json-text.ts';
import { isObject, type Params } from '../wire/jsonrpc.ts';

/** Types of blocks that 2024-11-05 did not have, with the revision that brought them. */
const since: ReadonlyMap<string, string> = new Map([
  ['audio', '2025-03-26'],
  ['resource_link', '2025-06-18'],
]);

/** The block, or the text that stands for it where `revision` does not know its type. */
export function knownBlock(block: unknown, revision: string): unknown {
  if (!isObject(block) || typeof block['type'] !== 'string') return block;
  const first = since.get(block['type']);
  return first === undefined || revision >= first ? block : { type: 'text', text: describe(block) };
}

/**
 * A result with blocks that `revision` knows.
 * @param path Where its blocks are: of an array every one, else the one.
 */
export function withKnownBlocks(revision: string, result: string, path: readonly string[]): string {
  if (revision >= '2025-06-18' || (!result.includes('"resource_link"') && !result.includes('"audio"'))) return result;
  const found: Span[] = [];
  locate(result, 0, path, found);
  const edits: Edit[] = [];
  const visit = (start: number, end: number): void => {
    const block = JSON.parse(result.slice(start, end)) as unknown;
    const known = knownBlock(block, revision);
    if (known !== block) edits.push({ start, end, text: JSON.stringify(known) });
  };
  for (const { start, end } of found) {
    if (result.charCodeAt(start) === 91) eachElement(result, start, visit);
    else visit(start, end);
  }
  return splice(result, edits);
}

/** What a model can make of a block that its client cannot show. */
function describe(block: Params): string {
  if (block['type'] === 'audio') {
    const { data, mimeType } = block;
    const bytes = typeof data === 'string' ? Math.floor((data.length * 3) / 4) : 0;
    return `[audio${typeof mimeType === 'string' ? ` ${mimeType}` : ''}, ${bytes} bytes]`;
  }
  const [label = 'resource'] = [words(block['title']), words(block['name'])].filter((one) => one !== '');
  const about = words(block['description']);
  return `${label}: ${words(block['uri'])}${about === '' ? '' : ` - ${about}`}`;
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
