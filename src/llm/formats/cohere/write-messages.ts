import { PivotRefusal } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { PivotMessage, PivotRequest, ToolResultBlock } from '../../pivot/request.ts';
import { target } from './target.ts';
import { writePart, writeContent } from './write-content.ts';
import { nameRule } from './write-tools.ts';

/** Whose reasoning is sent back. */
const vendor = 'cohere';
/** What the user says where nobody says anything, which Cohere refuses. */
const opening = '(start of conversation)';
/** Said for a tool that answered nothing: Cohere refuses empty messages. */
const noOutput = '(no output)';
/** Said for a result that only the next user message can hold. */
const resultFollows = 'The result is in the next user message.';

/** Writes `messages`: instructions first, as one message. @throws LlmBadRequest where none is left, and through `drops` */
export function writeMessages({ system, messages }: PivotRequest, context: RequestContext): JsonObject[] {
  const written: JsonObject[] = [];
  if (system.some((block) => block.cache !== undefined)) context.drops.hint('system[].cache_control');
  const instructions = system.filter(({ text }) => text.trim() !== '').map(({ text }) => text);
  if (instructions.length > 0) written.push({ role: 'system', content: instructions.join('\n\n') });
  for (const run of runs(messages)) {
    if (run[0]?.role === 'assistant') written.push(...assistantMessage(run, context));
    else written.push(...userMessages(run, context));
  }
  if (written.some(({ role }) => role !== 'system')) return written;
  const wasSaid = messages.some(({ blocks }) =>
    blocks.some((block) => block.kind !== 'text' || block.text.trim() !== ''),
  );
  if (wasSaid) throw new PivotRefusal('messages', () => `no message is left that ${target} can take`);
  return [...written, { role: 'user', content: opening }];
}

/** Neighbours of one role: results must directly follow all the calls that they answer. */
function runs(messages: readonly PivotMessage[]): PivotMessage[][] {
  const all: PivotMessage[][] = [];
  for (const message of messages) {
    const last = all.at(-1);
    if (last?.[0]?.role === message.role) last.push(message);
    else all.push([message]);
  }
  return all;
}

/** One message, or none where nothing is left. What comes before calls is their plan. */
function assistantMessage(run: readonly PivotMessage[], { drops, facts, names }: RequestContext): JsonObject[] {
  const thoughts: string[] = [];
  const texts: string[] = [];
  const calls: JsonObject[] = [];
  for (const block of run.flatMap(({ blocks }) => blocks)) {
    if ('cache' in block) drops.hint('messages[].cache_control');
    if (block.kind === 'text' || block.kind === 'refusal') {
      if (block.text.trim() !== '') texts.push(block.text);
    } else if (block.kind === 'thinking') {
      if (block.vendor === vendor && block.text !== '') thoughts.push(block.text);
      else drops.hint('messages[].thinking');
    } else if (block.kind === 'toolCall') {
      const input = block.input.trim() === '' ? '{}' : block.input;
      const name = names.toTarget(block.name, nameRule);
      calls.push({ id: block.id, type: 'function', function: { name, arguments: input } });
    } else drops.meaning(`messages[].content[].${block.kind}`, `assistant messages of ${target}`, block);
  }
  // A model that does not think wrote its thoughts as the plan of calls; it knows no other place for them.
  const thinks = facts.thinking !== 'none';
  if (!thinks && calls.length === 0 && thoughts.length > 0) drops.hint('messages[].thinking');
  const plan = calls.length === 0 ? [] : [...(thinks ? [] : thoughts), ...texts];
  const content = [
    ...(thinks ? thoughts.map((thinking) => ({ type: 'thinking', thinking })) : []),
    ...(calls.length > 0 || texts.length === 0 ? [] : [{ type: 'text', text: texts.join('\n\n') }]),
  ];
  if (content.length === 0 && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(plan.length === 0 ? {} : { tool_plan: plan.join('\n\n') }),
      ...(content.length === 0 ? {} : { content: writeContent(content) }),
    },
  ];
}

/** All results of the run first, each a message of its own, then what the user says and what results cannot hold. */
function userMessages(run: readonly PivotMessage[], context: RequestContext): JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of run.flatMap(({ blocks }) => blocks)) {
    if (block.kind === 'toolResult') {
      results.push(resultMessage(block, parts, context));
      continue;
    }
    const part = writePart(block, context);
    if (part !== null) parts.push(part);
  }
  return parts.length === 0 ? results : [...results, { role: 'user', content: writeContent(parts) }];
}

/** @param parts Takes what tool messages cannot hold, after a line that says whose result it is. */
function resultMessage(result: ToolResultBlock, parts: JsonObject[], context: RequestContext): JsonObject {
  if (result.cache !== undefined) context.drops.hint('messages[].cache_control');
  const content: JsonObject[] = [];
  const rest: JsonObject[] = [];
  for (const block of result.blocks) {
    if (block.kind === 'toolResult') {
      context.drops.meaning('messages[].content[].content[].toolResult', `tool messages of ${target}`, block);
      continue;
    }
    const part = writePart(block, context);
    if (part?.['type'] === 'text') content.push(part);
    else if (part !== null) rest.push(part);
  }
  if (rest.length > 0) parts.push({ type: 'text', text: `Result of the tool call ${result.callId}:` }, ...rest);
  if (content.length === 0) content.push({ type: 'text', text: rest.length > 0 ? resultFollows : noOutput });
  if (result.isError) content.unshift({ type: 'text', text: 'Error:' });
  return { role: 'tool', tool_call_id: result.callId, content };
}
