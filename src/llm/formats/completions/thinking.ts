import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, ThinkingBlock } from '../../pivot/request.ts';
import { openSignature, sealSignature } from '../../pivot/signature.ts';

/** Whose signatures `thinking_blocks` holds as they are; those of others are sealed. */
const HOME = 'anthropic';
/** Who is said to have written reasoning that nobody signed. */
const UNSIGNED = 'openai';

/** A signature as it stands in `thinking_blocks`. */
function writeSignature(data: string, vendor: string): string {
  return vendor === HOME ? data : sealSignature({ vendor, data, of: 'thought' });
}

/** The way back of {@link writeSignature}. */
function readSignature(text: string): { readonly signature: string; readonly vendor: string } {
  const sealed = openSignature(text);
  return sealed === null ? { signature: text, vendor: HOME } : { signature: sealed.data, vendor: sealed.vendor };
}

/** One element of `thinking_blocks` for reasoning that can be replayed; null for the rest, which is only shown. */
export function writeThinkingBlock(block: ThinkingBlock): JsonObject | null {
  if (block.redacted !== undefined) {
    return { type: 'redacted_thinking', data: writeSignature(block.redacted, block.vendor) };
  }
  if (block.signature === undefined) return null;
  return { type: 'thinking', thinking: block.text, signature: writeSignature(block.signature, block.vendor) };
}

/** Reads one element of `thinking_blocks`; null for what is none. */
export function readThinkingBlock(value: unknown): ThinkingBlock | null {
  if (!isJsonRecord(value)) return null;
  const { data, signature, thinking } = value;
  if (value['type'] === 'redacted_thinking') {
    if (typeof data !== 'string') return null;
    const sealed = readSignature(data);
    return { kind: 'thinking', text: '', redacted: sealed.signature, vendor: sealed.vendor };
  }
  if (value['type'] !== 'thinking') return null;
  const text = typeof thinking === 'string' ? thinking : '';
  if (typeof signature !== 'string' || signature === '') {
    return text === '' ? null : { kind: 'thinking', text, vendor: UNSIGNED };
  }
  return { kind: 'thinking', text, ...readSignature(signature) };
}

/**
 * The reasoning of a message: `thinking_blocks`, which holds signatures, else its plain text in `reasoning_content`
 * (DeepSeek, llama.cpp, older vLLM) or `reasoning` (OpenRouter, newer vLLM).
 */
export function readThinking(message: JsonObject): ThinkingBlock[] {
  const blocks = message['thinking_blocks'];
  const read = Array.isArray(blocks) ? blocks.map(readThinkingBlock).filter((block) => block !== null) : [];
  if (read.length > 0) return read;
  const text = reasoningText(message);
  return text === '' ? [] : [{ kind: 'thinking', text, vendor: UNSIGNED }];
}

/** Plain reasoning of a message or delta; '' for none. Where both spellings are there, they say the same. */
export function reasoningText(message: JsonObject): string {
  for (const name of ['reasoning_content', 'reasoning']) {
    const text = message[name];
    if (typeof text === 'string' && text !== '') return text;
  }
  return '';
}

/** The reasoning members of a message: its text, and what a client must send back for it to count. */
export function writeThinking(blocks: readonly Block[]): JsonObject {
  const thinking = blocks.filter((block) => block.kind === 'thinking');
  const text = thinking.map((block) => block.text).join('');
  const replayable = thinking.map(writeThinkingBlock).filter((block) => block !== null);
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    ...(replayable.length === 0 ? {} : { thinking_blocks: replayable }),
  };
}

/** Text of a content part that holds reasoning (Mistral's `thinking`: a string, or text parts); '' for none. */
export function thinkingPartText(part: JsonObject): string {
  const thinking = part['thinking'];
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return thinking
    .map((inner) => (isJsonRecord(inner) && typeof inner['text'] === 'string' ? inner['text'] : ''))
    .join('');
}
