import type { JsonObject } from '../../pivot/format.ts';
import type { CallSignature, ThinkingBlock } from '../../pivot/request.ts';
import { readHomeSignature, writeCallEncrypted, writeEncrypted, HOME, type Signed } from './encrypted.ts';
import type { ClientTool } from './tool-names.ts';

/** How far an item is. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** A part of a message. */
export function messagePart(kind: 'text' | 'refusal', text: string): JsonObject {
  return kind === 'text'
    ? { type: 'output_text', text, annotations: [], logprobs: [] }
    : { type: 'refusal', refusal: text };
}

export function messageItem(id: string, status: ItemStatus, content: readonly JsonObject[]): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content };
}

/** The id of a thought: OpenAI's own, which goes with its encrypted content, else `id`. */
export function reasoningId(id: string, { vendor, signature }: Signed): string {
  const own = vendor === HOME ? (readHomeSignature(signature)?.id ?? '') : '';
  return own === '' ? id : own;
}

export function reasoningItem(id: string, thought: Omit<ThinkingBlock, 'kind'>): JsonObject {
  const summary = thought.text === '' ? [] : [summaryPart(thought.text)];
  return { id, type: 'reasoning', summary, encrypted_content: writeEncrypted(id, thought) };
}

export function summaryPart(text: string): JsonObject {
  return { type: 'summary_text', text };
}

/** The item that carries the signature of the call after it. */
export function signatureItem(id: string, signature: CallSignature): JsonObject {
  return { id, type: 'reasoning', summary: [], encrypted_content: writeCallEncrypted(signature) };
}

/** A call as its client declared the tool: of a function, or of a freeform tool, whose input is text. */
export function callItem(
  ids: { readonly id: string; readonly callId: string },
  status: ItemStatus,
  { name, namespace, freeform }: ClientTool,
  input: string,
): JsonObject {
  const { id, callId } = ids;
  const named = { call_id: callId, name, ...(namespace === null ? {} : { namespace }) };
  return freeform
    ? { id, type: 'custom_tool_call', status, ...named, input }
    : { id, type: 'function_call', status, ...named, arguments: input };
}
