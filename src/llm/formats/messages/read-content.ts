import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, CacheHint, CallSignature, PivotMessage } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import { arrayAt, booleanOrNull, isAbsent, objectAt, stringAt } from './members.ts';
import { readDocument, readSearchResult, readSource } from './read-media.ts';
import { fromSafeToken } from './safe-token.ts';
import { openSignature } from '../../pivot/signature.ts';
import { claude, readSignature } from './signature.ts';

const known: ReadonlySet<string> = new Set(
  (
    'type text cache_control source title context content id name input ' +
    'tool_use_id is_error thinking signature data'
  ).split(' '),
);

/** Reads `content`: a string, or blocks in their order. Throws LlmBadRequest that names the block. */
export function readContent(
  value: unknown,
  path: string,
  role: PivotMessage['role'],
  extras: Extras,
): readonly Block[] {
  if (typeof value === 'string') return value === '' ? [] : [{ kind: 'text', text: value }];
  const blocks: Block[] = [];
  let signature: CallSignature | null = null;
  for (const [index, item] of arrayAt(value, path).entries()) {
    const at = `${path}[${index}]`;
    const block = objectAt(item, at);
    extras.rest(block, known, at, 'hint');
    const sealed = sealedCall(block);
    if (sealed !== null) {
      signature = sealed;
      continue;
    }
    readBlock(block, at, role, extras, blocks);
    const last = blocks.at(-1);
    if (signature !== null && last?.kind === 'toolCall') blocks[blocks.length - 1] = { ...last, signature };
    signature = null;
  }
  return blocks;
}

/** What a block of reasoning holds for the call after it, or null for any other block. */
function sealedCall(block: JsonObject): CallSignature | null {
  const { type, signature } = block;
  if (type !== 'thinking' || typeof signature !== 'string') return null;
  const sealed = openSignature(signature);
  return sealed?.of === 'call' ? { vendor: sealed.vendor, data: sealed.data } : null;
}

/** Reads `cache_control`; undefined where there is none. */
export function readCache(value: unknown, path: string): CacheHint | undefined {
  if (isAbsent(value)) return undefined;
  const ttl = objectAt(value, path)['ttl'];
  return isAbsent(ttl) ? {} : { ttl: stringAt(ttl, `${path}.ttl`) };
}

function readBlock(block: JsonObject, path: string, role: PivotMessage['role'], extras: Extras, into: Block[]): void {
  const hint = readCache(block['cache_control'], `${path}.cache_control`);
  const cache = hint === undefined ? {} : { cache: hint };
  const type = stringAt(block['type'], `${path}.type`);
  switch (type) {
    case 'text':
      into.push({ kind: 'text', text: stringAt(block['text'], `${path}.text`), ...cache });
      return;
    case 'image':
      into.push({ kind: 'image', source: readSource(block['source'], `${path}.source`), ...cache, at: path });
      return;
    case 'document':
      into.push(...readDocument(block, path, cache, extras));
      return;
    case 'search_result':
      into.push(readSearchResult(block, path, cache));
      return;
    case 'tool_use':
      expectRole(role, 'assistant', type, path);
      into.push({ ...readCall(block, path), ...cache });
      return;
    case 'tool_result':
      expectRole(role, 'user', type, path);
      into.push({ ...readResult(block, path, extras), ...cache });
      return;
    case 'thinking':
      expectRole(role, 'assistant', type, path);
      into.push(readThinking(block, path));
      return;
    case 'redacted_thinking': {
      expectRole(role, 'assistant', type, path);
      const { vendor, signature } = readSignature(stringAt(block['data'], `${path}.data`));
      into.push({ kind: 'thinking', text: '', vendor, ...(signature === undefined ? {} : { redacted: signature }) });
      return;
    }
    default:
      // Calls of Anthropic's own tools, their results, containers: no other provider has them.
      extras.meaning(path, block);
  }
}

function expectRole(role: PivotMessage['role'], expected: PivotMessage['role'], type: string, path: string): void {
  if (role !== expected) throw new LlmBadRequest(`${path}: ${type} belongs into messages of the ${expected}`, path);
}

function readCall(block: JsonObject, path: string): Extract<Block, { kind: 'toolCall' }> {
  return {
    kind: 'toolCall',
    id: fromSafeToken(stringAt(block['id'], `${path}.id`)),
    name: stringAt(block['name'], `${path}.name`),
    input: JSON.stringify(objectAt(block['input'], `${path}.input`)),
    at: path,
  };
}

function readResult(block: JsonObject, path: string, extras: Extras): Extract<Block, { kind: 'toolResult' }> {
  const content = block['content'];
  return {
    kind: 'toolResult',
    callId: fromSafeToken(stringAt(block['tool_use_id'], `${path}.tool_use_id`)),
    blocks: isAbsent(content) ? [] : readInner(content, `${path}.content`, extras),
    isError: booleanOrNull(block['is_error'], `${path}.is_error`) ?? false,
    at: path,
  };
}

const inner: ReadonlySet<string> = new Set(['text', 'image', 'document']);

function readInner(content: unknown, path: string, extras: Extras): readonly Block[] {
  const blocks = readContent(content, path, 'user', extras);
  if (blocks.every((block) => inner.has(block.kind))) return blocks;
  throw new LlmBadRequest(`${path} may hold text, images, documents and search results`, path);
}

function readThinking(block: JsonObject, path: string): Block {
  const text = stringAt(block['thinking'], `${path}.thinking`);
  const signature = block['signature'];
  if (isAbsent(signature)) return { kind: 'thinking', text, vendor: claude };
  return { kind: 'thinking', text, ...readSignature(stringAt(signature, `${path}.signature`)) };
}
