import { PivotRefusal } from '../../pivot/drops.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { Block, PivotMessage, TextBlock, ToolResultBlock } from '../../pivot/request.ts';
import { CallIds } from './call-ids.ts';

/** A turn as Converse wants it: roles alternate, the user's is first, and no block is empty. */
export interface Turn {
  readonly role: PivotMessage['role'];
  readonly blocks: readonly Block[];
}

/** What the conversation depends on besides its messages. */
export interface TurnRules {
  readonly drops: Drops;
  /** Whose signed reasoning the model reads; undefined: none. */
  readonly signatures: string | undefined;
}

/** What the user says where a conversation begins with the assistant, which Converse refuses. */
const opening: TextBlock = { kind: 'text', text: '(start of conversation)' };

/**
 * Brings a conversation into the API's order: neighbours of one role merged, results of a turn's calls first and in the
 * order of the calls, ids in the API's alphabet and unique. Throws LlmBadRequest for a call without result and a result
 * without call.
 */
export function toTurns(messages: readonly PivotMessage[], rules: TurnRules): readonly Turn[] {
  const merged: { role: PivotMessage['role']; blocks: Block[] }[] = [];
  for (const message of messages) {
    const blocks = message.blocks.filter((block) => isSendable(block, rules));
    if (blocks.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === message.role) last.blocks.push(...blocks);
    else merged.push({ role: message.role, blocks });
  }
  if (merged[0]?.role !== 'user') merged.unshift({ role: 'user', blocks: [opening] });
  const last = merged.at(-1);
  if (last?.role === 'assistant') trimPrefill(last.blocks);
  return paired(merged);
}

/** True where any message has a call or a result. */
export function hasToolBlocks(messages: readonly PivotMessage[]): boolean {
  return messages.some(({ blocks }) => blocks.some(({ kind }) => kind === 'toolCall' || kind === 'toolResult'));
}

/**
 * Whether Claude may be told to think by a budget: it refuses that after a prefill, and while results of tools come in
 * whose calls it did not think about, or whose reasoning was another's.
 */
export function allowsThinking(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  if (last === undefined || last.role === 'assistant') return false;
  if (!last.blocks.some((block) => block.kind === 'toolResult')) return true;
  return turns.at(-2)?.blocks[0]?.kind === 'thinking';
}

function isSendable(block: Block, { drops, signatures }: TurnRules): boolean {
  if (block.kind === 'text' || block.kind === 'refusal') return block.text.trim() !== '';
  if (block.kind !== 'thinking') return true;
  const isSigned = block.signature !== undefined || block.redacted !== undefined;
  if (isSigned && signatures !== undefined && block.vendor === signatures) return true;
  // Unsigned reasoning and another vendor's is refused, so the turn is sent without it.
  drops.hint('messages[].thinking');
  return false;
}

function trimPrefill(blocks: Block[]): void {
  const last = blocks.at(-1);
  if (last?.kind === 'text') blocks[blocks.length - 1] = { ...last, text: last.text.trimEnd() };
}

function paired(turns: readonly Turn[]): readonly Turn[] {
  const ids = new CallIds();
  let calls: ReadonlyMap<string, string> = new Map();
  return turns.map((turn, index): Turn => {
    if (turn.role === 'user') {
      const blocks = resultsFirst(turn.blocks, calls, turns[index - 1]?.blocks ?? []);
      calls = new Map();
      return { role: 'user', blocks };
    }
    const own = ids.ofTurn(turn.blocks);
    const [unanswered] = own.keys();
    if (unanswered !== undefined && index === turns.length - 1) throw noResult(unanswered, turn.blocks);
    calls = own;
    const blocks = turn.blocks.map((block) =>
      block.kind === 'toolCall' ? { ...block, id: own.get(block.id) ?? block.id } : block,
    );
    return { role: 'assistant', blocks };
  });
}

/** @param answered The turn with the calls. */
function resultsFirst(
  blocks: readonly Block[],
  calls: ReadonlyMap<string, string>,
  answered: readonly Block[],
): readonly Block[] {
  const results = new Map<string, ToolResultBlock>();
  const others: Block[] = [];
  for (const block of blocks) {
    if (block.kind === 'toolCall')
      throw new PivotRefusal('messages', () => 'a tool call must be part of an answer', block);
    if (block.kind !== 'toolResult') others.push(block);
    else if (!calls.has(block.callId)) {
      throw new PivotRefusal(
        'messages',
        () => `the tool result ${block.callId} answers no call of the turn before it`,
        block,
      );
    } else if (results.has(block.callId)) {
      throw new PivotRefusal('messages', () => `the tool call ${block.callId} has two results`, block);
    } else results.set(block.callId, block);
  }
  const ordered = [...calls].map(([id, token]): Block => {
    const result = results.get(id);
    if (result === undefined) throw noResult(id, answered);
    return { ...result, callId: token };
  });
  return [...ordered, ...others];
}

function noResult(id: string, turn: readonly Block[]): PivotRefusal {
  const call = turn.find((block) => block.kind === 'toolCall' && block.id === id);
  return new PivotRefusal('messages', () => `the tool call ${id} has no result in the turn after it`, call);
}
