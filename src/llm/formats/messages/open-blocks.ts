import { writeSignature } from './signature.ts';
import { toSafeToken } from './safe-token.ts';
import { toolInput } from './tool-input.ts';

/** A block of an answer on its way to the client. */
export interface OutBlock {
  readonly kind: 'text' | 'thinking' | 'tool' | 'redacted';
  /** The pivot's number. */
  readonly source: number;
  /** `content_block` of its start event. */
  readonly start: Readonly<Record<string, unknown>>;
  /** Deltas that wait until the block is open. */
  readonly waiting: Readonly<Record<string, unknown>>[];
  isSigned: boolean;
  /** All input of a tool so far. */
  input: string;
  /** Length of `input` when it was last seen to be incomplete. */
  incompleteAt: number;
}

/** A block that begins. */
export function outBlock(kind: OutBlock['kind'], source: number, start: OutBlock['start']): OutBlock {
  return { kind, source, start, waiting: [], isSigned: false, input: '', incompleteAt: 0 };
}

/** The start of a text block. */
export const textStart: OutBlock['start'] = { type: 'text', text: '' };

/** The start of a thinking block; the signature follows as a delta. */
export const thinkingStart: OutBlock['start'] = { type: 'thinking', thinking: '', signature: '' };

/** The start of a tool call; `input` is always there, empty, and filled by deltas. */
export function toolStart(id: string, name: string): OutBlock['start'] {
  return { type: 'tool_use', id: toSafeToken(id), name, input: {} };
}

/** The start of encrypted reasoning, which has no deltas. */
export function redactedStart(vendor: string, data: string): OutBlock['start'] {
  return { type: 'redacted_thinking', data: writeSignature(vendor, data) };
}

/**
 * Whether nothing can follow in a block when another has begun. Text and reasoning end there. A call may go on, since
 * upstreams interleave the arguments of parallel calls, until its arguments are a whole JSON object.
 */
export function isComplete(block: OutBlock): boolean {
  if (block.kind !== 'tool') return true;
  const { input } = block;
  if (input.length === block.incompleteAt) return false;
  if (input.trimEnd().endsWith('}') && toolInput(input) !== null) return true;
  block.incompleteAt = input.length;
  return false;
}
