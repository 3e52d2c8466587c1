import { PivotRefusal } from '../../pivot/drops.ts';
import type { Block, PivotMessage, ToolCallBlock, ToolResultBlock } from '../../pivot/request.ts';
import type { Written } from './members.ts';
import { target, type WriteContext } from './write-context.ts';
import { writeModelParts, writeResult, writeUserParts } from './write-parts.ts';

/** What the user says where a conversation is empty or begins with the model, which the API refuses. */
const opening = '(start of conversation)';

/**
 * Writes `contents`: neighbours of one role merged, the results of a turn's calls in a turn of their own, in the order
 * of the calls. Throws LlmBadRequest for a call without result, a result without
 * call, and where nothing is left of what was said.
 */
export function writeContents(messages: readonly PivotMessage[], context: WriteContext): Written[] {
  const contents: Written[] = [];
  const turns = turnsOf(messages);
  let calls: readonly ToolCallBlock[] = [];
  for (const { role, blocks } of turns) {
    if (blocks.some((block) => 'cache' in block)) context.drops.hint('messages[].cache_control');
    if (role === 'assistant') {
      if (calls[0] !== undefined) throw noResult(calls[0]);
      calls = callsOf(blocks);
      add(contents, 'model', writeModelParts(blocks, context));
      continue;
    }
    const rest: Written[] = [];
    add(contents, 'user', writeResults(blocks, calls, rest, context));
    calls = [];
    add(contents, 'user', [...rest, ...writeUserParts(blocks, context)]);
  }
  if (calls[0] !== undefined) throw noResult(calls[0]);
  if (contents.length === 0 && turns.length > 0) {
    throw new PivotRefusal('messages', () => `no message is left that ${target} can take`);
  }
  if (contents[0]?.['role'] !== 'user') contents.unshift({ role: 'user', parts: [{ text: opening }] });
  return contents;
}

function turnsOf(messages: readonly PivotMessage[]): readonly PivotMessage[] {
  const turns: { role: PivotMessage['role']; blocks: Block[] }[] = [];
  for (const { role, blocks } of messages) {
    const said = blocks.filter((block) => !isEmpty(block));
    if (said.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...said);
    else turns.push({ role, blocks: said });
  }
  return turns;
}

function isEmpty(block: Block): boolean {
  return (block.kind === 'text' || block.kind === 'refusal') && block.text === '';
}

function callsOf(blocks: readonly Block[]): readonly ToolCallBlock[] {
  const calls = new Map<string, ToolCallBlock>();
  for (const block of blocks) {
    if (block.kind === 'toolResult')
      throw new PivotRefusal('messages', () => 'a tool result cannot be part of an answer', block);
    if (block.kind !== 'toolCall') continue;
    if (calls.has(block.id)) {
      throw new PivotRefusal('messages', () => `two tool calls of one turn have the id ${block.id}`, block);
    }
    calls.set(block.id, block);
  }
  return [...calls.values()];
}

function writeResults(
  blocks: readonly Block[],
  calls: readonly ToolCallBlock[],
  rest: Written[],
  context: WriteContext,
): readonly Written[] {
  const results = new Map<string, ToolResultBlock>();
  for (const block of blocks) {
    if (block.kind === 'toolCall')
      throw new PivotRefusal('messages', () => 'a tool call must be part of an answer', block);
    if (block.kind !== 'toolResult') continue;
    const { callId } = block;
    if (!calls.some(({ id }) => id === callId)) {
      throw new PivotRefusal(
        'messages',
        () => `the tool result ${callId} answers no call of the turn before it`,
        block,
      );
    }
    if (results.has(callId)) throw new PivotRefusal('messages', () => `the tool call ${callId} has two results`, block);
    results.set(callId, block);
  }
  return calls.map((call) => {
    const result = results.get(call.id);
    if (result === undefined) throw noResult(call);
    return writeResult(result, call, rest, context);
  });
}

/** A turn whose only content was left out is none: the API refuses empty ones. */
function add(contents: Written[], role: 'user' | 'model', parts: readonly Written[]): void {
  if (parts.length > 0) contents.push({ role, parts });
}

function noResult({ id, at }: ToolCallBlock): PivotRefusal {
  return new PivotRefusal('messages', () => `the tool call ${id} has no result in the turn after it`, { at });
}
