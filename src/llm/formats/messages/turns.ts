import { PivotRefusal } from '../../pivot/drops.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { Block, PivotMessage, ToolCallBlock, ToolResultBlock } from '../../pivot/request.ts';
import { toSafeToken } from './safe-token.ts';
import { claude } from './signature.ts';

/** A turn as this API wants it: roles alternate, the user's is first, and no block is empty. */
export interface Turn {
  readonly role: PivotMessage['role'];
  readonly blocks: readonly Block[];
}

/** What the user says where a conversation begins with the assistant, which the API refuses. */
export const opening: string = '(start of conversation)';

/**
 * Brings a conversation into the API's order: neighbours of one role merged, results of a turn's calls first and in the
 * order of the calls, ids in the API's alphabet and unique. Throws LlmBadRequest for a call without result and a result
 * without call.
 */
export function toTurns(messages: readonly PivotMessage[], drops: Drops): readonly Turn[] {
  const merged: { role: PivotMessage['role']; blocks: Block[] }[] = [];
  for (const message of messages) {
    const blocks = message.blocks.filter((block) => isSendable(block, drops));
    if (blocks.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === message.role) last.blocks.push(...blocks);
    else merged.push({ role: message.role, blocks });
  }
  if (merged[0]?.role !== 'user') merged.unshift({ role: 'user', blocks: [{ kind: 'text', text: opening }] });
  const last = merged.at(-1);
  if (last?.role === 'assistant') trimPrefill(last.blocks);
  return paired(merged);
}

/** Whether manual thinking may be on: the API refuses it after a prefill and in a tool loop that has none so far. */
export function allowsThinking(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  if (last === undefined || last.role === 'assistant') return false;
  if (!last.blocks.some((block) => block.kind === 'toolResult')) return true;
  return turns.at(-2)?.blocks[0]?.kind === 'thinking';
}

function isSendable(block: Block, drops: Drops): boolean {
  if (block.kind === 'text' || block.kind === 'refusal') return block.text.trim() !== '';
  if (block.kind !== 'thinking') return true;
  if (block.vendor === claude && (block.signature !== undefined || block.redacted !== undefined)) return true;
  // What Claude did not sign it refuses, so the turn is sent without its reasoning.
  drops.hint('messages[].thinking');
  return false;
}

function trimPrefill(blocks: Block[]): void {
  const last = blocks.at(-1);
  if (last?.kind === 'text') blocks[blocks.length - 1] = { ...last, text: last.text.trimEnd() };
}

function paired(turns: readonly Turn[]): readonly Turn[] {
  const used = new Set<string>();
  let calls: ReadonlyMap<string, string> = new Map();
  return turns.map((turn, index): Turn => {
    if (turn.role === 'user') {
      const blocks = resultsFirst(turn.blocks, calls, turns[index - 1]?.blocks ?? []);
      calls = new Map();
      return { role: 'user', blocks };
    }
    calls = idsOf(turn.blocks, used);
    const [unanswered] = calls.keys();
    if (unanswered !== undefined && index === turns.length - 1) throw noResult(unanswered, turn.blocks);
    const ids = calls;
    const blocks = turn.blocks.map((block) =>
      block.kind === 'toolCall' ? { ...block, id: ids.get(block.id) ?? block.id } : block,
    );
    return { role: 'assistant', blocks };
  });
}

/** The ids of a turn's calls → ids that the API takes; providers that number calls anew in each turn repeat theirs. */
function idsOf(blocks: readonly Block[], used: Set<string>): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const call of blocks) {
    if (call.kind === 'toolResult')
      throw new PivotRefusal('messages', () => 'a tool result cannot be part of an answer', call);
    if (call.kind !== 'toolCall') continue;
    if (ids.has(call.id))
      throw new PivotRefusal('messages', () => `two tool calls of one turn have the id ${call.id}`, call);
    const token = toSafeToken(call.id);
    let unique = token;
    for (let count = 2; used.has(unique); count += 1) unique = `${token}-${count}`;
    used.add(unique);
    ids.set(call.id, unique);
  }
  return ids;
}

/** @param answered The turn with the calls. */
function resultsFirst(
  blocks: readonly Block[],
  calls: ReadonlyMap<string, string>,
  answered: readonly Block[],
): readonly Block[] {
  const results = new Map<string, ToolResultBlock>();
  const others: Exclude<Block, ToolCallBlock | ToolResultBlock>[] = [];
  for (const block of blocks) {
    if (block.kind === 'toolCall')
      throw new PivotRefusal('messages', () => 'a tool call must be part of an answer', block);
    if (block.kind !== 'toolResult') {
      others.push(block);
      continue;
    }
    if (!calls.has(block.callId)) {
      throw new PivotRefusal(
        'messages',
        () => `the tool result ${block.callId} answers no call of the turn before it`,
        block,
      );
    }
    if (results.has(block.callId)) {
      throw new PivotRefusal('messages', () => `the tool call ${block.callId} has two results`, block);
    }
    results.set(block.callId, block);
  }
  const ordered: Block[] = [];
  for (const [id, token] of calls) {
    const result = results.get(id);
    if (result === undefined) throw noResult(id, answered);
    ordered.push({ ...result, callId: token });
  }
  return [...ordered, ...others];
}

function noResult(id: string, turn: readonly Block[]): PivotRefusal {
  const call = turn.find((block) => block.kind === 'toolCall' && block.id === id);
  return new PivotRefusal('messages', () => `the tool call ${id} has no result in the turn after it`, call);
}
