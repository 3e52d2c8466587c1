import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { PivotMessage, TextBlock, ToolResultBlock } from '../../pivot/request.ts';
import { toToken } from '../../pivot/tool-names.ts';
import { writePart, writeUserContent } from './write-content.ts';
import { callIdRule, toolNameRule } from './limits.ts';

/** Said for a result that only the next user message can hold. */
const RESULT_FOLLOWS = 'The result is in the next user message.';

/** Writes `messages`: instructions first, as one message. @throws LlmBadRequest */
export function writeMessages(
  system: readonly TextBlock[],
  messages: readonly PivotMessage[],
  context: RequestContext,
): JsonObject[] {
  const { drops } = context;
  const written: JsonObject[] = [];
  if (system.length > 0) {
    if (system.some((block) => block.cache !== undefined)) drops.hint('system[].cache_control');
    written.push({ role: 'system', content: system.map((block) => block.text).join('\n\n') });
  }
  for (const run of runs(messages)) {
    if (run[0]?.role === 'assistant') written.push(assistantMessage(run, context));
    else written.push(...userMessages(run, drops));
  }
  return written;
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

function assistantMessage(run: readonly PivotMessage[], { drops, names }: RequestContext): JsonObject {
  const texts: string[] = [];
  const refusals: string[] = [];
  const calls: JsonObject[] = [];
  for (const { blocks } of run) {
    let text = '';
    for (const block of blocks) {
      if ('cache' in block) drops.hint('messages[].cache_control');
      if (block.kind === 'text') text += block.text;
      else if (block.kind === 'refusal') refusals.push(block.text);
      else if (block.kind === 'thinking') drops.hint('messages[].thinking');
      else if (block.kind === 'toolCall') {
        const input = block.input === '' ? '{}' : block.input;
        const name = names.toTarget(block.name, toolNameRule);
        calls.push({ id: toToken(block.id, callIdRule), type: 'function', function: { name, arguments: input } });
      } else {
        drops.meaning(`messages[].content[].${block.kind}`, 'assistant messages of OpenAI Chat Completions', block);
      }
    }
    if (text !== '') texts.push(text);
  }
  const silent = calls.length > 0 || refusals.length > 0;
  return {
    role: 'assistant',
    content: texts.length === 0 && silent ? null : texts.join('\n\n'),
    ...(refusals.length === 0 ? {} : { refusal: refusals.join('\n\n') }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** All results of the run first, each a message of its own, then what the user says and what results cannot hold. */
function userMessages(run: readonly PivotMessage[], drops: Drops): JsonObject[] {
  const results: JsonObject[] = [];
  const said: JsonObject[] = [];
  for (const { blocks } of run) {
    const parts: JsonObject[] = [];
    let hasResults = false;
    for (const block of blocks) {
      if (block.kind === 'toolResult') {
        hasResults = true;
        results.push(resultMessage(block, parts, drops));
        continue;
      }
      const part = writePart(block, drops);
      if (part !== null) parts.push(part);
    }
    if (parts.length > 0 || !hasResults) said.push({ role: 'user', content: writeUserContent(parts) });
  }
  return [...results, ...said];
}

/** @param parts Takes what tool messages cannot hold, after a line that says whose result it is. */
function resultMessage(result: ToolResultBlock, parts: JsonObject[], drops: Drops): JsonObject {
  if (result.cache !== undefined) drops.hint('messages[].cache_control');
  const texts: string[] = [];
  const rest: JsonObject[] = [];
  for (const block of result.blocks) {
    const part = block.kind === 'toolResult' ? nestedResult(block, drops) : writePart(block, drops);
    if (part?.['type'] === 'text') texts.push(part['text'] as string);
    else if (part !== null) rest.push(part);
  }
  if (rest.length > 0) {
    parts.push({ type: 'text', text: `Result of the tool call ${result.callId}:` }, ...rest);
    if (texts.length === 0) texts.push(RESULT_FOLLOWS);
  }
  const content = texts.join('\n');
  const failure = content === '' ? 'Error' : `Error: ${content}`;
  return {
    role: 'tool',
    tool_call_id: toToken(result.callId, callIdRule),
    content: result.isError ? failure : content,
  };
}

function nestedResult(block: ToolResultBlock, drops: Drops): null {
  drops.meaning(`messages[].content[].content[].${block.kind}`, 'tool messages of OpenAI Chat Completions', block);
  return null;
}
