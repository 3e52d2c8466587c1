import type { Block, DocumentBlock, ImageBlock, PivotRequest, PivotTool } from '../../pivot/request.ts';
import { loadTokenizer, type CountText } from './tokenizer.ts';

/** Says that a count is an estimate. */
export const estimateField = 'x-waygate-token-estimate';

/** Tokens around each turn (OpenAI cookbook, "How to count tokens with tiktoken"). */
const PER_TURN = 3;
/** Tokens before the answer begins. */
const PER_REQUEST = 3;
/** Tokens around the declaration of a tool. */
const PER_TOOL = 8;
/** An image of 1024 × 1024 at high and at low detail (OpenAI, "Images and vision": 85 + 4 × 170). */
const IMAGE = 765;
const SMALL_IMAGE = 85;
/** A page of PDF, for documents whose size is not known (Anthropic, "PDF support": 1,500 to 3,000 a page). */
const PAGE = 2000;
/** Bytes of PDF, and of compressed audio, that come to about one token. */
const DOCUMENT_BYTES = 32;
const AUDIO_BYTES = 600;

/**
 * About how many tokens `request` has for its model: texts by the tokenizer of OpenAI's current models, whoever runs the
 * model; media by their kind and size. Loads the tokenizer at the first call.
 */
export async function estimateTokens(request: PivotRequest): Promise<number> {
  return estimateWith(await loadTokenizer(), request);
}

/** {@link estimateTokens} with a tokenizer at hand: all text of the request counts as one. */
export function estimateWith(count: CountText, request: PivotRequest): number {
  const texts: string[] = request.system.map(({ text }) => text);
  let fixed = PER_REQUEST + (request.system.length > 0 ? PER_TURN : 0);
  for (const { blocks } of request.messages) {
    fixed += PER_TURN;
    for (const block of blocks) fixed += read(block, texts);
  }
  for (const tool of request.tools) {
    fixed += PER_TOOL;
    texts.push(...toolTexts(tool));
  }
  if (request.output?.kind === 'schema') texts.push(JSON.stringify(request.output.schema));
  return fixed + count(texts.join('\n'));
}

/** Adds the texts of a block, and gives the tokens of what is no text. */
function read(block: Block, texts: string[]): number {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      texts.push(block.text);
      return 0;
    case 'thinking':
      texts.push(block.text);
      return Math.ceil((block.redacted ?? '').length / 8);
    case 'toolCall':
      texts.push(block.name, block.input);
      return PER_TURN;
    case 'toolResult':
      return block.blocks.reduce((sum, inner) => sum + read(inner, texts), PER_TURN);
    case 'image':
      return imageTokens(block);
    case 'document':
      return documentTokens(block, texts);
    case 'audio':
      return Math.ceil(decodedLength(block.data) / AUDIO_BYTES);
  }
}

function imageTokens({ detail }: ImageBlock): number {
  return detail === 'low' ? SMALL_IMAGE : IMAGE;
}

function documentTokens({ source, name }: DocumentBlock, texts: string[]): number {
  if (name !== undefined) texts.push(name);
  if (source.kind === 'text') {
    texts.push(source.text);
    return 0;
  }
  return source.kind === 'base64' ? Math.ceil(decodedLength(source.data) / DOCUMENT_BYTES) : PAGE;
}

function toolTexts({ name, description, schema }: PivotTool): string[] {
  return [name, description ?? '', schema === null ? '' : JSON.stringify(schema)];
}

function decodedLength(base64: string): number {
  return Math.floor((base64.length * 3) / 4);
}
