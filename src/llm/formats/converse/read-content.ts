import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, ThinkingBlock } from '../../pivot/request.ts';
import { outputTool } from '../messages/output-tool.ts';

/** Who makes signatures of reasoning and encrypted reasoning: Claude, wherever it runs. */
export const signer = 'anthropic';
/** Who is said to have written reasoning that nobody signed. */
const unsigned = 'bedrock';

/**
 * Reads a block of an answer; null for what no client has a place for: tools that ran at the provider and their results,
 * images, what guardrails assess, sources of citations (their text stays).
 */
export function readBlock(block: JsonObject): Block | null {
  const { text, toolUse, reasoningContent, citationsContent } = block;
  if (typeof text === 'string') return text === '' ? null : { kind: 'text', text };
  if (isJsonRecord(toolUse)) return readCall(toolUse);
  if (isJsonRecord(reasoningContent)) return readReasoning(reasoningContent);
  if (isJsonRecord(citationsContent)) return readCited(citationsContent['content']);
  return null;
}

function readCall(call: JsonObject): Block | null {
  const { toolUseId, name, input, type } = call;
  if (type === 'server_tool_use' || typeof name !== 'string') return null;
  const text = JSON.stringify(input ?? {});
  if (name === outputTool) return { kind: 'text', text };
  return { kind: 'toolCall', id: textOf(toolUseId), name, input: text };
}

function readReasoning({ reasoningText, redactedContent }: JsonObject): ThinkingBlock | null {
  if (typeof redactedContent === 'string') {
    return { kind: 'thinking', text: '', vendor: signer, redacted: redactedContent };
  }
  if (!isJsonRecord(reasoningText)) return null;
  const text = textOf(reasoningText['text']);
  const signature = textOf(reasoningText['signature']);
  if (signature !== '') return { kind: 'thinking', text, vendor: signer, signature };
  return text === '' ? null : { kind: 'thinking', text, vendor: unsigned };
}

function readCited(content: unknown): Block | null {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  const text = parts.map((part) => (isJsonRecord(part) ? textOf(part['text']) : '')).join('');
  return text === '' ? null : { kind: 'text', text };
}

/** A member of an upstream's answer: its string, or '' for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
